import { z } from 'zod'
import { STORABLE } from '../core/storable-text.js'

/** Of a service, a place or a group. */
const name = z.string().meta({ pattern: STORABLE })

const amounts = z.record(name, z.number().int().nonnegative())

// Every part is there, empty where nothing was said: Gafaelfawr's clients read `quota["disk"]` without asking.
const quota = z.strictObject({
  api: amounts.default({}).describe('Requests a minute, by service; 0 blocks the service'),
  disk: amounts.default({}).describe('Disk space, by place; reported to services, not enforced here'),
  notebook: z
    .strictObject({
      cpu: z.number().nonnegative().describe('Number of cores'),
      memory: z.number().nonnegative().describe('Memory in GiB'),
      spawn: z.boolean().default(true).describe('Whether the user may start notebooks'),
    })
    .optional()
    .describe('Size of a notebook; reported to services, not enforced here'),
  tap: z
    .record(name, z.strictObject({ concurrent: z.number().int().nonnegative() }))
    .default({})
    .describe('Concurrent queries, by TAP service; reported, not enforced here'),
})

/** Quotas, in Gafaelfawr's form. */
export const quotaSchema = z.strictObject({
  default: quota.prefault({}).describe('The quota of every user'),
  groups: z.record(name, quota).default({}).describe('More for the members of a group, added to the default'),
  bypass: z.array(name).default([]).describe('Groups whose members have no limits'),
})

import { z } from 'zod'
import { AUDIT_ACTIONS, type AuditAction } from '../../core/audit/actions.js'

const words = z.array(z.string())
const facts = z.record(z.string(), z.unknown())

/** The actions, for a parameter and for a response. */
export const auditAction = z.enum(Object.keys(AUDIT_ACTIONS) as [AuditAction, ...AuditAction[]])

/** An audit event in the field names of the Elastic Common Schema, and its place in the chain. */
export const auditEvent = z
  .object({
    '@timestamp': z.string().describe('ISO 8601 in UTC'),
    ecs: z.object({ version: z.string() }),
    event: z.object({
      id: z.string().describe('Unique'),
      kind: z.literal('event'),
      dataset: z.literal('postern.audit'),
      category: words,
      type: words,
      action: auditAction,
      outcome: z.enum(['success', 'failure']).describe('failure: a refusal'),
      reason: z.string().optional().describe('The code of a refusal'),
    }),
    user: z
      .object({
        name: z.string().optional().describe('The actor; absent: unknown'),
        target: z.object({ name: z.string() }).optional().describe('The owner of the object'),
      })
      .optional(),
    source: z.object({ ip: z.string() }).optional(),
    http: z
      .object({
        request: z.object({ id: z.string().optional(), method: z.string().optional() }).optional(),
        response: z.object({ status_code: z.int() }).optional(),
      })
      .optional(),
    url: z.object({ original: z.string() }).optional().describe('Without the query string'),
    postern: z.object({
      channel: z.string().optional().describe('Where the act came in'),
      token: z.string().optional().describe('The key of the acting token'),
      session: z.string().optional().describe('The session of the acting token'),
      act: z.string().optional().describe('The same in every event of one act on many tokens'),
      object: z.object({ type: z.string().optional(), id: z.string().optional() }).optional(),
      before: facts.optional(),
      after: facts.optional(),
      reason: z.string().optional().describe('The reason that an administrator gave for a revocation'),
      details: facts.optional().describe('Other facts, such as how a user signed in'),
      chain: z
        .object({
          position: z.int().describe('From 1, without a gap; the cursor'),
          hash: z.string().describe('SHA-256 of the hash before, the position and the event without `chain`'),
        })
        .describe('The place in the hash chain'),
    }),
  })
  .meta({ id: 'AuditEvent', description: 'An act or a refusal.' })

import { z } from 'zod'
import { canParseUrl } from '../core/can-parse-url.js'
import { DAY } from '../core/time.js'
import { Secret } from '../core/token/secret.js'
import { duration } from './values.js'

const SINK_PROTOCOLS = ['syslog+udp:', 'syslog+tcp:', 'syslog+tls:', 'http:', 'https:']

/** A sink of audit events. Its password is a setting of its own, so that the URL may be logged. */
const sink = z
  .string()
  .refine(
    (text) => canParseUrl(text) && SINK_PROTOCOLS.includes(new URL(text).protocol) && new URL(text).hostname !== '',
    'must be a URL of syslog+tcp://, syslog+tls://, syslog+udp:// or https://, such as syslog+tcp://logs.example.org:601',
  )
  .refine((text) => !canParseUrl(text) || new URL(text).password === '', 'must have no password: see sinkToken')
  .transform((text) => new URL(text))
  .meta({ title: 'URL' })

/** The audit trail. */
export const auditSchema = z.strictObject({
  retention: duration
    .refine((seconds) => seconds >= DAY, 'must be at least one day, such as 365d')
    .default(365 * DAY)
    .describe('How long the table keeps events, at least 1d'),
  checks: z
    .boolean()
    .default(false)
    .describe('Whether refused checks are in the table, too; they are always in the log'),
  admissions: z
    .boolean()
    .default(false)
    .describe('Whether checks that pass, and challenges of requests without a token, are logged as events'),
  sink: sink
    .optional()
    .describe(
      'Where the events of the table are sent: `syslog+udp://`, `syslog+tcp://` or `syslog+tls://` (RFC 5424), or `https://` (JSON lines)',
    ),
  journal: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'path' })
    .describe(
      'A file on another disk than the stores, to which every act that takes away is appended before it is committed: after a restore of a backup, `postern restore confirm --revocations` applies it',
    ),
  sinkToken: z
    .string()
    .min(1)
    .transform((text) => new Secret(text))
    .optional()
    .describe('Bearer token for a sink at `https://`'),
})

export type AuditSettings = z.infer<typeof auditSchema>

import { canonicalJson } from '../audit/chain.js'
import { cleanFacts, type ExportedEvent } from '../audit/clean.js'

/** The request of a device, as its row has it. */
export interface DeviceRow {
  readonly status: string
  readonly username: string | null
  readonly session: string | null
  readonly approval: string | null
}

/** Whether the request of a device can be answered. */
export function isReadableDevice({ status, username, session, approval }: DeviceRow): boolean {
  if (status !== 'approved') return status === 'pending' || status === 'denied'
  return username !== null && session !== null && isObject(approval)
}

/** The quota overrides, and the last audit event that changed them. */
export interface QuotaFacts {
  /** As Redis has them. */
  readonly text: string | null
  /** As the event has them, in its exported form: null after a deletion; undefined where there is no event. */
  readonly recorded: unknown
}

/** Returns why quota overrides are wrong. Without an event there is nothing to hold them to. */
export function faultOfQuotas({ text, recorded }: QuotaFacts): string | undefined {
  if (text !== null && !isObject(text)) return 'they cannot be read'
  if (recorded === undefined) return undefined
  if (text === null) return recorded === null ? undefined : 'Redis has none'
  if (recorded === null) return 'they were deleted'
  // Events leave out what is empty.
  const stored = cleanFacts(JSON.parse(text) as ExportedEvent)
  return canonicalJson(stored) === canonicalJson(recorded) ? undefined : 'they differ'
}

function isObject(text: string | null): boolean {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

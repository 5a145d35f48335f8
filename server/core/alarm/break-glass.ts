import type { AuditAction } from '../audit/actions.js'
import type { Alarm } from './alarm.js'

/** The parts of an exported audit event that an alarm shows. */
interface EventParts {
  readonly event?: { readonly id?: string; readonly action?: string }
  readonly user?: { readonly name?: string }
  readonly source?: { readonly ip?: string }
}

/** Acts of an emergency: each raises an alarm, and says what happened. */
const BREAK_GLASS: ReadonlyMap<string | undefined, string> = new Map<AuditAction, string>([
  ['lockdown.on', 'The site was locked down'],
  ['lockdown.off', 'The lockdown was ended'],
  ['revoke.all', 'The sessions and tokens of all users that were issued before a time are being revoked'],
  ['account.emergency', 'An emergency account signed in'],
])

/** Returns the alarm of an audit event, as it is in the table; undefined for an act of every day. */
export function alarmOfEvent(text: string): Alarm | undefined {
  const { event = {}, user = {}, source = {} } = JSON.parse(text) as EventParts
  const happened = BREAK_GLASS.get(event.action)
  if (happened === undefined) return undefined
  const by = user.name === undefined ? '' : `, by ${user.name}`
  const from = source.ip === undefined ? '' : ` from ${source.ip}`
  return { key: `event:${event.id}`, text: `${happened}${by}${from} (audit event ${event.id}).` }
}

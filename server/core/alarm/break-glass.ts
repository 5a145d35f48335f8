import type { AuditAction } from '../audit/actions.js'
import type { ExportedEvent } from '../audit/clean.js'
import { textIn } from '../audit/terms.js'
import type { Alarm } from './alarm.js'

/** Acts of an emergency: each raises an alarm, and says what happened. */
const BREAK_GLASS: ReadonlyMap<string | undefined, string> = new Map<AuditAction, string>([
  ['lockdown.on', 'The site was locked down'],
  ['lockdown.off', 'The lockdown was ended'],
  ['revoke.all', 'The sessions and tokens of all users that were issued before a time are being revoked'],
  ['account.emergency', 'An emergency account signed in'],
])

/** Returns the alarm of an exported audit event; undefined for an act of every day. */
export function alarmOfEvent(event: ExportedEvent): Alarm | undefined {
  const happened = BREAK_GLASS.get(textIn(event, ['event', 'action']))
  if (happened === undefined) return undefined
  const [id, name, address] = [
    ['event', 'id'],
    ['user', 'name'],
    ['source', 'ip'],
  ].map((path) => textIn(event, path))
  const by = name === undefined ? '' : `, by ${name}`
  const from = address === undefined ? '' : ` from ${address}`
  return { key: `event:${id}`, text: `${happened}${by}${from} (audit event ${id}).` }
}

import { isoTime } from '../time.js'
import { AUDIT_ACTIONS } from './actions.js'
import { type ExportedEvent, writeFacts } from './clean.js'
import { type AuditEvent, channelOf } from './event.js'

/** The version of the Elastic Common Schema that the field names follow. */
export const ECS_VERSION = '8.17.0'

/**
 * Returns an event in the field names of the Elastic Common Schema (ECS), its form in the table, the log and the export.
 *
 * ECS, and not OCSF: an ECS event is a log line, which every collector takes as it is, with room for fields of our own below
 * `postern`. OCSF wants each event in one of its numbered classes; acts such as *a check was refused* or *a grant was
 * removed* fit none of them, and its numbers cannot be read in a log. OpenTelemetry adopts ECS's names.
 */
export function exportEvent(event: AuditEvent): ExportedEvent {
  return JSON.parse(writeEvent(event)) as ExportedEvent
}

/** Returns {@link exportEvent} in canonical JSON. */
export function writeEvent(event: AuditEvent): string {
  const known = written.get(event)
  if (known !== undefined) return known
  const text = writeFacts(formOf(event))
  written.set(event, text)
  return text
}

/** An event is written to the table, and then to the log. */
const written = new WeakMap<AuditEvent, string>()

/** With the names in order, so that none has to put them there. */
function formOf(event: AuditEvent): ExportedEvent {
  const { actor, object, request } = event
  const { category, type } = AUDIT_ACTIONS[event.action]
  return {
    '@timestamp': isoTime(event.at),
    ecs: { version: ECS_VERSION },
    event: {
      action: event.action,
      category: [category],
      dataset: 'postern.audit',
      id: event.id,
      kind: 'event',
      outcome: event.code === undefined ? 'success' : 'failure',
      reason: event.code,
      type: [event.code === undefined ? type : 'denied'],
    },
    http: {
      request: { id: actor.requestId, method: request?.method },
      response: { status_code: request?.status },
    },
    postern: {
      act: actor.act,
      after: event.after,
      before: event.before,
      channel: channelOf(actor),
      details: event.details,
      object: { id: object?.id, type: object?.type },
      reason: event.reason,
      session: actor.session,
      token: actor.token,
    },
    source: { ip: actor.address },
    url: { original: request?.path },
    user: { name: actor.username, target: { name: object?.owner } },
  }
}

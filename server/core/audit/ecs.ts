import { isoTime } from '../time.js'
import { AUDIT_ACTIONS } from './actions.js'
import { cleanFacts, type ExportedEvent } from './clean.js'
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
  const known = exported.get(event)
  if (known) return known
  const form = formOf(event)
  exported.set(event, form)
  return form
}

/** An event is written to the table, and then to the log. */
const exported = new WeakMap<AuditEvent, ExportedEvent>()

function formOf(event: AuditEvent): ExportedEvent {
  const { actor, object, request } = event
  const { category, type } = AUDIT_ACTIONS[event.action]
  return cleanFacts({
    '@timestamp': isoTime(event.at),
    ecs: { version: ECS_VERSION },
    event: {
      id: event.id,
      kind: 'event',
      dataset: 'postern.audit',
      category: [category],
      type: [event.code === undefined ? type : 'denied'],
      action: event.action,
      outcome: event.code === undefined ? 'success' : 'failure',
      reason: event.code,
    },
    user: { name: actor.username, target: { name: object?.owner } },
    source: { ip: actor.address },
    http: {
      request: { id: actor.requestId, method: request?.method },
      response: { status_code: request?.status },
    },
    url: { original: request?.path },
    postern: {
      channel: channelOf(actor),
      token: actor.token,
      session: actor.session,
      act: actor.act,
      object: { type: object?.type, id: object?.id },
      before: event.before,
      after: event.after,
      reason: event.reason,
      details: event.details,
    },
  })
}

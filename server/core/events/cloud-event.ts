import { cleanFacts, type ExportedEvent } from '../audit/clean.js'
import type { AuditEvent } from '../audit/event.js'
import { isServiceName } from '../people/identifiers.js'
import { type EpochSeconds, isoTime } from '../time.js'
import type { UseSum } from './use-sums.js'

/** The media type of a batch (CloudEvents 1.0, JSON format, §4). */
export const BATCH_TYPE = 'application/cloudevents-batch+json'

/** The last words are the names of Gafaelfawr's events, so that its queries are found again. */
export type CloudEventType =
  | 'dev.postern.login_success'
  | 'dev.postern.login_failure'
  | 'dev.postern.auth_user'
  | 'dev.postern.auth_bot'

/** An event in the form of CloudEvents 1.0. */
export interface CloudEvent {
  readonly specversion: '1.0'
  /** Unique in a source: what comes twice is one event. */
  readonly id: string
  readonly source: string
  readonly type: CloudEventType
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: ExportedEvent
}

/** Returns a sign-in, or the refusal of one, as an event; undefined for every other act. */
export function signInEvent(act: AuditEvent, source: URL): CloudEvent | undefined {
  if (act.action !== 'sign-in') return undefined
  const { code, object, details } = act
  return eventOf(code === undefined ? 'dev.postern.login_success' : 'dev.postern.login_failure', {
    id: act.id,
    source,
    at: act.at,
    data: { username: object?.owner, method: details?.method, provider: details?.provider, code },
  })
}

/** Returns a sum of uses as an event of the end of its span. */
export function usesEvent(sum: UseSum, id: string, source: URL): CloudEvent {
  const { username, tokenType, count, since, until } = sum
  return eventOf(isServiceName(username) ? 'dev.postern.auth_bot' : 'dev.postern.auth_user', {
    id,
    source,
    at: until,
    data: { username, tokenType, count, since: isoTime(since), until: isoTime(until) },
  })
}

interface Facts {
  readonly id: string
  readonly source: URL
  readonly at: EpochSeconds
  readonly data: ExportedEvent
}

function eventOf(type: CloudEventType, { id, source, at, data }: Facts): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: source.href,
    type,
    time: isoTime(at),
    datacontenttype: 'application/json',
    data: cleanFacts(data),
  }
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Span } from '@opentelemetry/api'
import { SEARCHES } from '../../storage/ldap/connection.js'
import type { Tracing } from './tracing.js'

/** A request of Node's fetch, on its way out. */
interface Outgoing {
  readonly origin?: string | URL
  readonly method?: string
  addHeader(name: string, value: string): unknown
}

function isOutgoing(request: unknown): request is Outgoing {
  return typeof request === 'object' && request !== null && 'addHeader' in request && 'origin' in request
}

const fieldOf = (message: unknown, name: string): unknown =>
  typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined

/**
 * Makes spans of requests to providers and webhooks, which carry the trace on, and of searches in LDAP. A span has the host and no
 * path: the path of a provider may have a user's name in it.
 *
 * @returns how to stop
 */
export function followRequests(tracing: Tracing): () => void {
  const spans = new WeakMap<object, Span>()
  const take = (holder: unknown): Span | undefined => {
    if (typeof holder !== 'object' || holder === null) return undefined
    const span = spans.get(holder)
    spans.delete(holder)
    return span
  }
  const onCreate = (message: unknown) => {
    const request = fieldOf(message, 'request')
    if (!isOutgoing(request)) return
    const { hostname } = new URL(String(request.origin))
    const method = request.method ?? 'GET'
    const span = tracing.child(method, { 'http.request.method': method, 'server.address': hostname })
    if (!span) return
    spans.set(request, span)
    request.addHeader('traceparent', tracing.traceParentOf(span))
  }
  const onHeaders = (message: unknown) => {
    const span = take(fieldOf(message, 'request'))
    const status = fieldOf(fieldOf(message, 'response'), 'statusCode')
    if (typeof status === 'number') span?.setAttribute('http.response.status_code', status)
    span?.end()
  }
  const onError = (message: unknown) => {
    const span = take(fieldOf(message, 'request'))
    if (span) tracing.fail(span)
  }
  const channels = [
    ['undici:request:create', onCreate],
    ['undici:request:headers', onHeaders],
    ['undici:request:error', onError],
  ] as const
  for (const [name, listener] of channels) subscribe(name, listener)
  const searches = {
    start(search: object) {
      const span = tracing.child('ldap', { 'network.protocol.name': 'ldap', 'db.operation.name': 'SEARCH' })
      if (span) spans.set(search, span)
    },
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: (search: object) => take(search)?.end(),
    error(search: object) {
      const span = take(search)
      if (span) tracing.fail(span)
    },
  }
  SEARCHES.subscribe(searches)
  return () => {
    for (const [name, listener] of channels) unsubscribe(name, listener)
    SEARCHES.unsubscribe(searches)
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api'
import { pathBelow } from '../../core/site/base-path.js'
import { expressRoute, fixedRoute } from '../../core/telemetry/route.js'
import type { Sampler } from '../../core/telemetry/sampler.js'
import { formatTraceParent, parseTraceParent, type TraceParent } from '../../core/telemetry/trace-parent.js'
import { DOCUMENTS, ENDPOINTS } from '../../openid/endpoints.js'
import type { Around } from './around.js'
import type { OpenTelemetry } from './packages.js'

/** Spans within one request; a page that asks the stores more often is cut off. */
const MOST_CHILDREN = 100

const OPENID_ROUTES: ReadonlySet<string> = new Set([...Object.values(ENDPOINTS), ...Object.values(DOCUMENTS)])

/** A request that is being traced. */
interface OpenTrace {
  readonly parent: Context
  children: number
}

interface TracingParts {
  readonly otel: OpenTelemetry
  readonly tracer: Tracer
  readonly sampler: Sampler
  readonly baseUrl: URL
}

/**
 * Makes the spans of a process: one for each sampled request, by the template of its route, and children for what it waits for.
 * No attribute has a path, a query, a user, an address, or the text of a query to a store.
 */
export class Tracing {
  readonly #parts: TracingParts
  readonly #open = new AsyncLocalStorage<OpenTrace>()

  constructor(parts: TracingParts) {
    this.#parts = parts
  }

  /** Handles a request, in a span where it is sampled. */
  readonly around: Around = (request, response, handle) => {
    const parent = parseTraceParent(headerOf(request.rawHeaders, 'traceparent'))
    if (!this.#parts.sampler.takes(parent, Math.random(), performance.now())) return handle()
    const span = this.#begin(request, parent)
    response.once('close', () => this.#end(span, request, response))
    this.#open.run({ parent: this.#contextOf(span), children: 0 }, handle)
  }

  /** Begins a span within the request under way; undefined where that is not traced. */
  child(name: string, attributes: Attributes): Span | undefined {
    const open = this.#open.getStore()
    if (!open || ++open.children > MOST_CHILDREN) return undefined
    const kind = this.#parts.otel.SpanKind.CLIENT
    return this.#parts.tracer.startSpan(name, { kind, attributes }, open.parent)
  }

  /** Does work in a span of its own, where the request under way is traced. */
  within(name: string, attributes: Attributes, work: () => unknown): unknown {
    const span = this.child(name, attributes)
    if (!span) return work()
    try {
      const result = work()
      if (result instanceof Promise) {
        result.then(
          () => span.end(),
          () => this.fail(span),
        )
      } else span.end()
      return result
    } catch (error) {
      this.fail(span)
      throw error
    }
  }

  /** Ends a span as failed. An error's message may quote values, and stays in the log. */
  fail(span: Span): void {
    span.setStatus({ code: this.#parts.otel.SpanStatusCode.ERROR })
    span.end()
  }

  /** Returns the header `traceparent` for a request that is made within a span. */
  traceParentOf(span: Span): string {
    const { traceId, spanId } = span.spanContext()
    return formatTraceParent({ traceId, spanId, isSampled: true })
  }

  #begin({ method = '', url = '' }: IncomingMessage, parent: TraceParent | undefined): Span {
    const { otel, tracer, baseUrl } = this.#parts
    const route = fixedRoute(pathBelow(baseUrl, url), OPENID_ROUTES)
    const attributes = { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) }
    const name = route === undefined ? method : `${method} ${route}`
    return tracer.startSpan(name, { kind: otel.SpanKind.SERVER, attributes }, this.#remote(parent))
  }

  #end(span: Span, request: IncomingMessage, response: ServerResponse): void {
    const route = expressRoute(request)
    if (route !== undefined) span.updateName(`${request.method} ${route}`).setAttribute('http.route', route)
    if (response.headersSent) span.setAttribute('http.response.status_code', response.statusCode)
    if (!response.writableFinished || response.statusCode >= 500) this.fail(span)
    else span.end()
  }

  #contextOf(span: Span): Context {
    const { trace, ROOT_CONTEXT } = this.#parts.otel
    return trace.setSpan(ROOT_CONTEXT, span)
  }

  #remote(parent: TraceParent | undefined): Context {
    const { trace, ROOT_CONTEXT, TraceFlags } = this.#parts.otel
    if (!parent) return ROOT_CONTEXT
    const { traceId, spanId } = parent
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
  }
}

/** Reads one header from the raw ones: parsing all of them would cost a cached check more than the check itself. */
function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at]
    if (each?.length === name.length && each.toLowerCase() === name) return rawHeaders[at + 1]
  }
  return undefined
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { addressReader } from '../authn/client-address.js'
import type { Context } from '../storage/context.js'
import { isUnavailable } from '../storage/unavailable.js'
import type { RecordsUsage } from '../tokens/usage-recorder.js'
import { authorizeRequest } from './authorize.js'
import { type AuthRequest, parseAuthRequest } from './proxy-protocols.js'
import type { LimitsRate } from './rate-limiter.js'
import { countOutcome, logOutcome } from './record-outcome.js'
import { requirementCache } from './requirement-cache.js'
import { end, writeResponse } from './response.js'
import { ResponseCache } from './response-cache.js'
import { stripCredentials } from './strip-credentials.js'

/** Answers a check; false when the path is not one of the checks'. */
export type IngressHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * `/ingress/*`: proxies ask here about each request, with the request's own headers. 200 with an empty body and the
 * identity in headers, or a refusal.
 */
export function createIngress(context: Context & RecordsUsage & LimitsRate): IngressHandler {
  const { settings, counters, usage, log } = context
  const requirementOf = requirementCache()
  const addressOf = addressReader(settings.proxies)
  const scheme = settings.baseUrl.protocol.slice(0, -1)
  const standing = new ResponseCache(context, addressOf)

  async function check(question: AuthRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { protocol, query, original } = question
    // Before anything is awaited: of a client that has gone in the meantime there is no address any more.
    const address = addressOf(request)
    const asked = performance.now()
    try {
      const compiled = requirementOf(query)
      const outcome = await authorizeRequest(context, { compiled, original, request })
      countOutcome(counters, outcome)
      logOutcome(log, outcome, { requirement: compiled.requirement, original, address })
      if (outcome.kind === 'admitted') {
        usage.record(outcome.by.token, context.clock(), address, request.headers['user-agent'])
        standing.store(request, question, compiled, outcome)
      }
      writeResponse(request, response, outcome, {
        protocol,
        requirement: compiled.requirement,
        original,
        settings,
      })
    } catch (error) {
      counters.checks.add(fail(response, log, error), 'none')
    }
    counters.checkSeconds.record((performance.now() - asked) / 1000)
  }

  return (request, response) => {
    if (standing.tryServe(request, response)) return true
    const path = request.url?.split('?', 1)[0]
    if (path === '/ingress/anonymous') {
      if (takesMethod(request, response)) passAnonymously(request, response, settings.tokenCookies)
      return true
    }
    const question = parseAuthRequest(request, scheme)
    if (!question) return false
    if (path?.startsWith('/ingress/envoy/') || takesMethod(request, response)) void check(question, request, response)
    return true
  }
}

/** The checks are asked with GET; only Envoy asks with the method of the request itself. */
function takesMethod(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET') return true
  end(response, 405, { Allow: 'GET' })
  return false
}

/** `/ingress/anonymous`: anybody may pass, but no token of ours goes on to the service. */
function passAnonymously(request: IncomingMessage, response: ServerResponse, tokenCookies: readonly string[]): void {
  const { authorization, cookie } = stripCredentials(request.headersDistinct, tokenCookies)
  end(response, 200, {
    'X-Auth-Request-Anonymous': 'true',
    ...(authorization.length > 0 && { Authorization: [...authorization] }),
    ...(cookie.length > 0 && { Cookie: [...cookie] }),
  })
}

/** A store that does not answer is 503, and no bug; the rest is. Neither lets anybody in. */
function fail(response: ServerResponse, log: Context['log'], error: unknown): 'unavailable' | 'failed' {
  const outage = isUnavailable(error)
  if (outage) log.warn({ cause: (error as Error).message }, 'A store did not answer the check')
  else log.error({ err: error }, 'The check failed')
  if (response.headersSent) response.end()
  else end(response, outage ? 503 : 500, { 'Cache-Control': 'no-cache, no-store' })
  return outage ? 'unavailable' : 'failed'
}

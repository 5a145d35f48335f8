import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { decide } from '../core/decision.js'
import { Refusal } from '../core/refusal.js'
import type { ParameterError, Requirement } from '../core/requirement.js'
import type { Context } from '../stores/context.js'
import { isOutage } from '../stores/outage.js'
import type { Uses } from '../tokens/uses.js'
import { addressReader } from './client-address.js'
import { requirementCache } from './compiled.js'
import { type Identified, identify } from './identify.js'
import { writeRefusal } from './refuse.js'
import { strip } from './strip.js'

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * `GET /ingress/auth`: nginx asks here about each request, with the request's own headers. 200 with an empty body and
 * the identity in headers, or a refusal. Reads a store at most once and writes to none.
 */
export function ingressAuth(context: Context, uses: Uses, log: Logger): RequestHandler {
  const requirementOf = requirementCache()
  const addressOf = addressReader(context.settings.proxies)
  const realm = context.settings.baseUrl.hostname

  return async (request, response) => {
    if (request.method !== 'GET') return sendPlain(response, 405, { Allow: 'GET' })
    const requirement = requirementOf(queryOf(request))
    if (isInvalid(requirement)) return sendInvalid(response, requirement)
    try {
      const identified = await identify(context, request.headers)
      const address = addressOf(request)
      const now = context.clock()
      const refusal = identified instanceof Refusal ? identified : decide(requirement, identified.token, now)
      if (identified instanceof Refusal || refusal) {
        const reason = refusal ?? (identified as Refusal)
        logRefusal(log, request, requirement, reason, identified, address)
        const signIn = signInUrl(context.settings.baseUrl, request)
        writeRefusal(response, reason, { ...requirement, realm, ajax: isAjax(request), signIn })
        return endEmpty(response)
      }
      uses.note(identified.token, now, address, request.headers['user-agent'])
      admit(request, response, identified)
    } catch (error) {
      sendPlain(response, logFailure(log, error), { 'Cache-Control': 'no-cache, no-store' })
    }
  }
}

/** A store that does not answer is 503, and not a bug; the rest is. Answers the status. */
function logFailure(log: Logger, error: unknown): 503 | 500 {
  if (isOutage(error)) {
    log.warn({ cause: (error as Error).message }, 'A store did not answer the check')
    return 503
  }
  log.error({ err: error }, 'The check failed')
  return 500
}

/** A script in a page says so itself; it does not get anything that a page would not. */
function isAjax(request: IncomingMessage): boolean {
  return request.headers['x-requested-with']?.toString().toLowerCase() === 'xmlhttprequest'
}

/** A header carries ASCII; an address that is not all ASCII is left out rather than garbled. */
const PRINTABLE = /^[\x21-\x7E]+$/

/** Says who it is, and hands back what of the credentials may go on. */
function admit(request: IncomingMessage, response: ServerResponse, { token }: Identified): void {
  const remainder = strip(request)
  response.writeHead(200, {
    'Content-Length': '0',
    'X-Auth-Request-User': token.username,
    ...(token.email && PRINTABLE.test(token.email) && { 'X-Auth-Request-Email': token.email }),
    ...(token.service && { 'X-Auth-Request-Service': token.service }),
    ...(remainder.authorization.length > 0 && { Authorization: [...remainder.authorization] }),
    ...(remainder.cookie.length > 0 && { Cookie: [...remainder.cookie] }),
  })
  response.end()
}

/** An empty body keeps nginx's connection to us open; any other, which nginx never shows, costs a new one each time. */
function endEmpty(response: ServerResponse): void {
  response.setHeader('Content-Length', '0')
  response.end()
}

/** The sign-in page with the way back, for proxies to send browsers to: nginx itself cannot encode it for a query. */
function signInUrl(baseUrl: URL, request: IncomingMessage): string {
  const login = new URL('/login', baseUrl)
  const back = request.headers['x-original-url']
  if (typeof back === 'string') login.searchParams.set('rd', back)
  return login.href
}

function isInvalid(requirement: Requirement | ParameterError[]): requirement is ParameterError[] {
  return Array.isArray(requirement)
}

/** The operator's mistake, in FastAPI's form; nginx makes a 500 of it, and the log of the proxy shows this body's status. */
function sendInvalid(response: ServerResponse, errors: ParameterError[]): void {
  response.writeHead(422, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, no-store' })
  response.end(JSON.stringify({ detail: errors }))
}

function sendPlain(response: ServerResponse, status: number, headers: Record<string, string>): void {
  if (response.headersSent) return void response.end()
  response.writeHead(status, { ...headers, 'Content-Length': '0' })
  response.end()
}

function queryOf(request: IncomingMessage): string {
  const target = request.url ?? ''
  const mark = target.indexOf('?')
  return mark < 0 ? '' : target.slice(mark + 1)
}

/** Anonymous requests are the ordinary first half of Basic; everything else that is refused is worth a line. */
function logRefusal(
  log: Logger,
  request: IncomingMessage,
  requirement: Requirement,
  refusal: Refusal,
  identified: Identified | Refusal,
  address: string | undefined,
): void {
  const level = refusal.code === 'no_authorization' ? 'debug' : 'info'
  if (!log.isLevelEnabled(level)) return
  const who = identified instanceof Refusal ? {} : { token: identified.token.key, user: identified.token.username }
  const asked = { required_scopes: requirement.scopes, satisfy: requirement.satisfy, service: requirement.service }
  // The query string of a protected service may hold secrets of its own: it is left out.
  const uri = request.headers['x-original-url'] ?? request.headers['x-original-uri']
  const auth_uri = uri?.toString().split('?', 1)[0]
  log[level]({ code: refusal.code, ...who, ...asked, auth_uri, remoteIp: address }, refusal.message)
}

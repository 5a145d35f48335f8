import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { challengingSite, errorBody, errorHeaders, wrappedStatus } from '../authn/error-response.js'
import { requestSource } from '../authn/request-source.js'
import { challenge } from '../core/access/challenge.js'
import { corsHeaders } from '../core/access/cors.js'
import { opensWebSocket } from '../core/access/cross-site.js'
import type { RateLimit } from '../core/access/rate-limit.js'
import type { Refusal } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import { VO_LOGIN_PATH, voChallenges } from '../core/access/vo/challenges.js'
import { ownUrl } from '../core/site/base-path.js'
import type { EpochSeconds } from '../core/time.js'
import { isoTime } from '../core/time.js'
import type { TokenEnds } from '../core/token/lifetime.js'
import { formatToken } from '../core/token/token.js'
import type { Settings } from '../settings/schema.js'
import type { AnswerWriter } from './answer.js'
import type { CheckOutcome } from './authorize.js'
import { explanationUrl, helpLink } from './explanation-link.js'
import type { ProxyProtocol } from './forward-auth-protocols.js'
import type { OriginalRequest } from './original-request.js'
import { type ForwardedCredentials, NO_FORWARDED_CREDENTIALS, stripCredentials } from './strip-credentials.js'

export interface ResponseContext {
  readonly protocol: ProxyProtocol
  readonly requirement: Requirement
  readonly original: OriginalRequest
  readonly settings: Settings
}

/** The headers of the proxy's request, which an answer depends on. */
type AskedWith = Pick<IncomingMessage, 'headers' | 'headersDistinct'>

export type Of<K extends CheckOutcome['kind']> = Extract<CheckOutcome, { kind: K }>

/** Writes the outcome of a check in the protocol of the proxy. */
export function writeResponse(
  request: AskedWith,
  response: AnswerWriter,
  outcome: CheckOutcome,
  context: ResponseContext,
): void {
  if (outcome.kind === 'admitted')
    end(response, 200, admission(outcome, context, stripCredentials(request.headersDistinct, context.settings)))
  else if (outcome.kind === 'anonymous') end(response, 200, anonymity(request, outcome, context))
  else if (outcome.kind === 'invalid') sendInvalid(response, outcome)
  else sendRefusal(request, response, outcome, context)
}

/** Builds the headers of an admission: the user's identity and the credentials to forward. */
export function admission(
  { by, delegated, limit, ends }: Of<'admitted'>,
  context: Pick<ResponseContext, 'protocol' | 'requirement'>,
  remainder: ForwardedCredentials,
): OutgoingHttpHeaders {
  const { token } = by
  const { useAuthorization, optional } = context.requirement
  const bearer = delegated && `Bearer ${formatToken(delegated)}`
  return {
    ...toService(
      context.protocol,
      {
        User: token.username,
        Email: token.email && PRINTABLE.test(token.email) ? token.email : undefined,
        Service: token.service,
        Token: delegated && formatToken(delegated),
      },
      {
        authorization: useAuthorization ? [bearer ?? ''].filter(Boolean) : remainder.authorization,
        cookie: remainder.cookie,
      },
    ),
    ...(limit && rateLimitHeaders(limit)),
    ...(ends && endHeaders(ends)),
    ...(optional !== 'false' && { 'X-VO-Authenticated': token.username }),
  }
}

/**
 * Builds the headers with the token's expiry, for scripts and their authors. A cached response has the idle expiry of its
 * creation, which is a little early.
 */
function endHeaders({ expires, idle }: TokenEnds): OutgoingHttpHeaders {
  return {
    ...(expires !== undefined && { 'X-Token-Expires': instant(expires) }),
    ...(idle !== undefined && { 'X-Token-Idle-Expires': instant(idle) }),
  }
}

/** `2026-12-19T09:41:00Z`. */
function instant(at: EpochSeconds): string {
  return isoTime(at)
}

/** Builds the headers of an anonymous pass. IVOA AuthVO: a challenge shows that authentication is optional. */
function anonymity(request: AskedWith, outcome: Of<'anonymous'>, context: ResponseContext): OutgoingHttpHeaders {
  const remainder = outcome.credentials
    ? stripCredentials(request.headersDistinct, context.settings)
    : NO_FORWARDED_CREDENTIALS
  const { requirement, original, settings } = context
  const site = challengingSite(settings, original.url)
  const challenges = [challenge(requirement.authType, site), ...challengesOfVo(context)]
  return {
    ...toService(context.protocol, { Anonymous: 'true' }, remainder),
    ...(outcome.challenged && { 'WWW-Authenticate': challenges.join(', ') }),
  }
}

/** Returns the challenges of the VO login, on 200 responses, too: there TOPCAT decides whether to log in. */
function challengesOfVo({ requirement, settings }: ResponseContext): readonly string[] {
  const { voLogin, baseUrl } = settings
  const accessUrl = ownUrl(baseUrl, VO_LOGIN_PATH).href
  return voChallenges({ ...voLogin, accessUrl, discoveryUrl: voLogin.discoveryUrl?.href }, requirement)
}

/** Matches ASCII, which is all that a header carries; another e-mail address is left out rather than garbled. */
const PRINTABLE = /^[\x21-\x7E]+$/
/** Services can rely on `Anonymous`: a missing user name could also be a proxy that does not forward it. */
const IDENTITY = ['User', 'Email', 'Service', 'Token', 'Anonymous'] as const
const IDENTITY_HEADERS = IDENTITY.map((name) => [name, `X-Auth-Request-${name}`] as const)
const TO_SERVICE = [...IDENTITY_HEADERS.map(([, header]) => header), 'Authorization', 'Cookie']

type Identity = { readonly [K in (typeof IDENTITY)[number]]?: string | undefined }

/**
 * Builds the headers that reach the service: the identity and the forwarded credentials. None is empty, because a service may
 * ask whether `X-Auth-Request-Anonymous` is there. Envoy forwards all that the response neither sets nor removes.
 */
export function toService(
  protocol: ProxyProtocol,
  identity: Identity,
  remainder: ForwardedCredentials,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const [name, header] of IDENTITY_HEADERS) if (identity[name]) headers[header] = identity[name]
  Object.assign(headers, forwarded(protocol, remainder))
  if (!protocol.namesRemoved) return headers
  const removed = TO_SERVICE.filter((name) => !(name in headers))
  return { ...headers, 'X-Envoy-Auth-Headers-To-Remove': removed.join(', ').toLowerCase() }
}

/** Builds the headers of the forwarded credentials. */
export function forwarded(
  { joinsLines }: ProxyProtocol,
  { authorization, cookie }: ForwardedCredentials,
): OutgoingHttpHeaders {
  const cookies = joinsLines && cookie.length > 0 ? [cookie.join('; ')] : cookie
  return {
    ...(authorization.length > 0 && { Authorization: [...authorization] }),
    ...(cookies.length > 0 && { Cookie: [...cookies] }),
  }
}

function sendRefusal(
  request: AskedWith,
  response: AnswerWriter,
  outcome: Of<'refused'>,
  context: ResponseContext,
): void {
  const { protocol, requirement, original, settings } = context
  const { refusal, limit, scope } = outcome
  const scopes = scope ? [...requirement.scopes, scope] : requirement.scopes
  const headers = {
    ...errorHeaders(refusal, {
      ...requirement,
      scopes,
      site: challengingSite(settings, original.url),
      beside: challengesOfVo(context),
    }),
    ...(limit && { ...rateLimitHeaders(limit), 'Retry-After': new Date(limit.reset * 1000).toUTCString() }),
  }
  const status = statusOf(refusal, request, context)
  const shared = corsHeaders(request.headers.origin ?? '', settings)
  // The configuration of nginx makes a redirect of a 401; the others pass the redirect on, and on a 401 an address is nothing.
  const isSignIn = requirement.loginRedirect && status === (protocol.statuses === 'wrapped' ? 401 : 302)
  const signIn = isSignIn ? { Location: signInUrl(settings.baseUrl, original) } : {}
  if (protocol.statuses === 'wrapped') {
    end(response, status, { ...headers, ...shared, ...signIn })
    return
  }
  const help = status === 401 || status === 403 ? explanationUrl(settings, original.url) : undefined
  const link = help && { Link: helpLink(help) }
  sendJson(response, status, { ...headers, ...shared, ...signIn, ...link }, errorBody(refusal, help))
}

function statusOf(refusal: Refusal, request: AskedWith, { protocol, requirement, original }: ResponseContext): number {
  const wrapped = wrappedStatus(refusal, isAjax(request))
  if (protocol.statuses === 'wrapped') return wrapped
  if (wrapped === 401 && requirement.loginRedirect && isNavigation(request, original)) return 302
  return refusal.status === 401 ? wrapped : refusal.status
}

const MAX_RETURN_URL_LENGTH = 1500

/** Builds the sign-in URL with the return URL, for proxies to redirect to: nginx cannot encode it for a query. */
function signInUrl(baseUrl: URL, { url }: OriginalRequest): string {
  const login = ownUrl(baseUrl, '/login')
  // Proxies limit the headers of a response; without a return URL the user comes back to the token list.
  if (url !== undefined && url.length <= MAX_RETURN_URL_LENGTH) login.searchParams.set('rd', url)
  return login.href
}

/**
 * Returns whether a user is navigating to a page, and may be redirected to sign in. A script would take the sign-in page for
 * its data, a form would lose its contents, and a WebSocket follows no redirect. Old browsers do not send `Sec-Fetch-Mode`.
 */
function isNavigation({ headers }: AskedWith, { method }: OriginalRequest): boolean {
  const mode = headers['sec-fetch-mode']
  if (opensWebSocket(requestSource(method, headers))) return false
  return (method === 'GET' || method === 'HEAD') && (mode === undefined || mode === 'navigate')
}

/** Returns whether a page's script sent the request. The header is the client's, and gains it nothing. */
function isAjax(request: AskedWith): boolean {
  return request.headers['x-requested-with']?.toString().toLowerCase() === 'xmlhttprequest'
}

function rateLimitHeaders(limit: RateLimit): OutgoingHttpHeaders {
  return {
    'X-RateLimit-Limit': limit.limit,
    'X-RateLimit-Used': limit.used,
    'X-RateLimit-Remaining': limit.remaining,
    'X-RateLimit-Reset': limit.reset,
    'X-RateLimit-Resource': limit.resource,
  }
}

/** Answers an invalid requirement in FastAPI's form. nginx turns it into a 500, and logs this status. */
function sendInvalid(response: AnswerWriter, { errors }: Of<'invalid'>): void {
  sendJson(response, 422, { 'Cache-Control': 'no-cache, no-store' }, JSON.stringify({ detail: errors }))
}

export function sendJson(response: AnswerWriter, status: number, headers: OutgoingHttpHeaders, body: string): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** Ends a response without a body: nginx closes its connection after any other, which it never shows. */
export function end(response: AnswerWriter, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...headers, 'Content-Length': 0 })
  response.end()
}

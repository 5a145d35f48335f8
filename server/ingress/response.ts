import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { errorBody, errorHeaders, wrappedStatus } from '../authn/error-response.js'
import { challenge } from '../core/access/challenge.js'
import type { RateLimit } from '../core/access/rate-limit.js'
import type { Refusal } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenEnds } from '../core/token/lifetime.js'
import { formatToken } from '../core/token/token.js'
import type { Settings } from '../settings/schema.js'
import type { CheckOutcome } from './authorize.js'
import type { OriginalRequest } from './original-request.js'
import type { ProxyProtocol } from './proxy-protocols.js'
import { type ForwardedCredentials, NO_FORWARDED_CREDENTIALS, stripCredentials } from './strip-credentials.js'

export interface ResponseContext {
  readonly protocol: ProxyProtocol
  readonly requirement: Requirement
  readonly original: OriginalRequest
  readonly settings: Settings
}

export type Of<K extends CheckOutcome['kind']> = Extract<CheckOutcome, { kind: K }>

/** Puts the outcome of a check into the form of the proxy that asked. */
export function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  outcome: CheckOutcome,
  asked: ResponseContext,
): void {
  const { tokenCookies } = asked.settings
  if (outcome.kind === 'admitted')
    end(response, 200, admission(outcome, asked, stripCredentials(request.headersDistinct, tokenCookies)))
  else if (outcome.kind === 'anonymous') end(response, 200, anonymity(request, outcome, asked))
  else if (outcome.kind === 'invalid') sendInvalid(response, outcome)
  else sendRefusal(request, response, outcome, asked)
}

/** Who it is, and what of the credentials may go on. */
export function admission(
  { by, delegated, limit, ends }: Of<'admitted'>,
  asked: Pick<ResponseContext, 'protocol' | 'requirement'>,
  remainder: ForwardedCredentials,
): OutgoingHttpHeaders {
  const { token } = by
  const { useAuthorization, optional } = asked.requirement
  const bearer = delegated && `Bearer ${formatToken(delegated)}`
  return {
    ...identity(asked.protocol, {
      User: token.username,
      Email: token.email && PRINTABLE.test(token.email) ? token.email : undefined,
      Service: token.service,
      Token: delegated && formatToken(delegated),
    }),
    ...carried(asked.protocol, {
      authorization: useAuthorization ? [bearer ?? ''].filter(Boolean) : remainder.authorization,
      cookie: remainder.cookie,
    }),
    ...(limit && rateLimitHeaders(limit)),
    ...(ends && endHeaders(ends)),
    ...(optional !== 'false' && { 'X-VO-Authenticated': token.username }),
  }
}

/**
 * When the token will end, for scripts and their authors. An answer that is given again has the end for want of use as it
 * was when it was worked out, which is a little sooner than it is.
 */
function endHeaders({ expires, idle }: TokenEnds): OutgoingHttpHeaders {
  return {
    ...(expires !== undefined && { 'X-Token-Expires': instant(expires) }),
    ...(idle !== undefined && { 'X-Token-Idle-Expires': instant(idle) }),
  }
}

/** `2026-12-19T09:41:00Z`. */
function instant(at: EpochSeconds): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`
}

/** Nobody in particular. IVOA AuthVO: where authentication is optional, the challenge says that there is more to be had. */
function anonymity(request: IncomingMessage, outcome: Of<'anonymous'>, asked: ResponseContext): OutgoingHttpHeaders {
  const remainder = outcome.credentials
    ? stripCredentials(request.headersDistinct, asked.settings.tokenCookies)
    : NO_FORWARDED_CREDENTIALS
  const { authType } = asked.requirement
  return {
    ...identity(asked.protocol, { Anonymous: 'true' }),
    ...carried(asked.protocol, remainder),
    ...(outcome.challenged && { 'WWW-Authenticate': challenge(authType, asked.settings.baseUrl.hostname) }),
  }
}

/** A header carries ASCII; an address that is not all ASCII is left out rather than garbled. */
const PRINTABLE = /^[\x21-\x7E]+$/
/** `Anonymous` is what a service may go by: the lack of a name could also be a proxy that passes none on. */
const IDENTITY = ['User', 'Email', 'Service', 'Token', 'Anonymous'] as const

/** Some proxies delete a header of the client's only where the answer has one, so those get all of them, empty or not. */
function identity(
  { everyHeader }: ProxyProtocol,
  known: { [K in (typeof IDENTITY)[number]]?: string | undefined },
): OutgoingHttpHeaders {
  const pairs = IDENTITY.map(
    (name) => [`X-Auth-Request-${name}`, known[name] ?? (everyHeader ? '' : undefined)] as const,
  )
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

/** The credentials that go on. Envoy sends on whatever the answer neither has nor names as removed. */
export function carried(
  { everyHeader, namesRemoved }: ProxyProtocol,
  { authorization, cookie }: ForwardedCredentials,
): OutgoingHttpHeaders {
  // Proxies other than nginx take several lines for one list with commas, which cookies are not.
  const cookies = everyHeader && cookie.length > 0 ? [cookie.join('; ')] : cookie
  const removed = [authorization.length === 0 && 'authorization', cookie.length === 0 && 'cookie'].filter(Boolean)
  return {
    ...(authorization.length > 0 && { Authorization: [...authorization] }),
    ...(cookies.length > 0 && { Cookie: [...cookies] }),
    ...(namesRemoved && removed.length > 0 && { 'X-Envoy-Auth-Headers-To-Remove': removed.join(', ') }),
  }
}

function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  outcome: Of<'refused'>,
  asked: ResponseContext,
): void {
  const { protocol, requirement, original, settings } = asked
  const { refusal, limit, scope } = outcome
  const scopes = scope ? [...requirement.scopes, scope] : requirement.scopes
  const headers = {
    ...errorHeaders(refusal, { ...requirement, scopes, realm: settings.baseUrl.hostname }),
    ...(limit && { ...rateLimitHeaders(limit), 'Retry-After': new Date(limit.reset * 1000).toUTCString() }),
  }
  const status = statusOf(refusal, request, asked)
  const isSignIn = requirement.loginRedirect && (status === 401 || status === 302)
  const signIn = isSignIn ? { Location: signInUrl(settings.baseUrl, original) } : {}
  if (protocol.statuses === 'wrapped') end(response, status, { ...headers, ...signIn })
  else sendJson(response, status, { ...headers, ...signIn }, errorBody(refusal))
}

function statusOf(
  refusal: Refusal,
  request: IncomingMessage,
  { protocol, requirement, original }: ResponseContext,
): number {
  const wrapped = wrappedStatus(refusal, isAjax(request))
  if (protocol.statuses === 'wrapped') return wrapped
  if (wrapped === 401 && requirement.loginRedirect && isNavigation(request, original)) return 302
  return refusal.status === 401 ? wrapped : refusal.status
}

const MAX_RETURN_URL_LENGTH = 1500

/** The sign-in page with the way back, for proxies to send browsers to: nginx itself cannot encode it for a query. */
function signInUrl(baseUrl: URL, { url }: OriginalRequest): string {
  const login = new URL('/login', baseUrl)
  // A proxy has only so much room for an answer's headers: from a very long address one comes back to the token list.
  if (url !== undefined && url.length <= MAX_RETURN_URL_LENGTH) login.searchParams.set('rd', url)
  return login.href
}

/**
 * A person going to a page may be sent to sign in. A script's request may not: it would take the sign-in page for its
 * data; nor a form, whose contents would be lost. Old browsers do not say what they do.
 */
function isNavigation({ headers }: IncomingMessage, { method }: OriginalRequest): boolean {
  const mode = headers['sec-fetch-mode']
  return (method === 'GET' || method === 'HEAD') && (mode === undefined || mode === 'navigate')
}

/** A script in a page says so itself; it does not get anything that a page would not. */
function isAjax(request: IncomingMessage): boolean {
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

/** The operator's mistake, in FastAPI's form; nginx makes a 500 of it, and its log has this status. */
function sendInvalid(response: ServerResponse, { errors }: Of<'invalid'>): void {
  sendJson(response, 422, { 'Cache-Control': 'no-cache, no-store' }, JSON.stringify({ detail: errors }))
}

function sendJson(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: string): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** An empty body keeps nginx's connection to us open; any other, which nginx never shows, costs a new one each time. */
export function end(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...headers, 'Content-Length': 0 })
  response.end()
}

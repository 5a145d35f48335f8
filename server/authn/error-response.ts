import type { OutgoingHttpHeaders } from 'node:http'
import { challenge } from '../core/access/challenge.js'
import type { Refusal, RefusalCode } from '../core/access/refusal.js'
import type { AuthType } from '../core/access/requirement.js'
import type { Scope } from '../core/token/scope.js'

/** What a refusal's headers depend on besides the refusal. */
export interface ChallengeContext {
  readonly authType: AuthType
  readonly realm: string
  /** What was required, when that is what is missing. */
  readonly scopes?: readonly Scope[]
  /** Whether a script in a page asks: it gets 403 for 401, or every tab's polling would start a new sign-in. */
  readonly ajax?: boolean
}

/** The caller is to do something first; there is nothing wrong with what it sent. Gafaelfawr says these without a list. */
const BARE_CONTEXT: ReadonlySet<RefusalCode> = new Set(['no_authorization', 'lifetime_too_short'])

/**
 * The status of a refusal for proxies that pass on 401 and 403 only: a malformed credential, for example, is a 403 with
 * its true status in `X-Error-Status`.
 */
export function wrappedStatus(refusal: Refusal, ajax = false): 401 | 403 {
  return refusal.status === 401 && !(ajax && BARE_CONTEXT.has(refusal.code)) ? 401 : 403
}

/** The headers of a refusal, as Gafaelfawr sends them. Never cached: the next request may be in order. */
export function errorHeaders(
  refusal: Refusal,
  { authType, realm, scopes = [] }: ChallengeContext,
): OutgoingHttpHeaders {
  const missing = refusal.code === 'insufficient_scope' ? scopes : []
  const challenged = refusal.status === 401 || refusal.word !== undefined
  const shown = refusal.code === 'no_authorization' ? undefined : refusal
  return {
    'Cache-Control': 'no-cache, no-store',
    ...(challenged && { 'WWW-Authenticate': challenge(authType, realm, shown, missing) }),
    ...(!BARE_CONTEXT.has(refusal.code) && {
      'X-Error-Status': String(refusal.status),
      'X-Error-Body': errorBody(refusal),
    }),
  }
}

/** Gafaelfawr's JSON for a refusal, in ASCII, so that it also fits in a header. */
export function errorBody(refusal: Refusal): string {
  const detail = { msg: refusal.message, type: refusal.type }
  return asciiJson({ detail: BARE_CONTEXT.has(refusal.code) ? detail : [detail] })
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007F-\uFFFF]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

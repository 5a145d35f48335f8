import type { ServerResponse } from 'node:http'
import { challenge } from '../core/challenge.js'
import type { Refusal } from '../core/refusal.js'
import type { AuthType } from '../core/requirement.js'
import type { Scope } from '../core/scope.js'

/** What a refusal's headers depend on besides the refusal. */
export interface Refused {
  readonly authType: AuthType
  readonly realm: string
  /** What was required, when that is what is missing. */
  readonly scopes?: readonly Scope[]
  /** Whether a script in a page asks: it gets 403 for 401, or every tab's polling would start a new sign-in. */
  readonly ajax?: boolean
  /** Where a browser may sign in. */
  readonly signIn?: string
}

/**
 * The status and headers of a refusal, as Gafaelfawr sends them. nginx passes on 401 and 403 only, so a malformed
 * credential is a 403 with the true status in `X-Error-Status`, and what there is to say in `X-Error-Body`. Never
 * cached: the next request may be in order.
 */
export function writeRefusal(response: ServerResponse, refusal: Refusal, refused: Refused): void {
  const { authType, realm, scopes, ajax, signIn } = refused
  const bare = isBare(refusal)
  const status = refusal.status === 401 && !(bare && ajax) ? 401 : 403
  const missing = refusal.code === 'insufficient_scope' ? scopes : []
  response.statusCode = status
  response.setHeader('Cache-Control', 'no-cache, no-store')
  response.setHeader('WWW-Authenticate', challenge(authType, realm, bare ? undefined : refusal, missing))
  if (status === 401 && signIn !== undefined) response.setHeader('Location', signIn)
  if (bare) return
  response.setHeader('X-Error-Status', String(refusal.status))
  response.setHeader('X-Error-Body', refusalBody(refusal))
}

/** Gafaelfawr's JSON for a refusal, in ASCII, so that it also fits in a header. */
export function refusalBody(refusal: Refusal): string {
  const detail = { msg: refusal.message, type: refusal.code }
  return asciiJson({ detail: isBare(refusal) ? detail : [detail] })
}

/** Nothing was presented, so there is nothing to say about it. */
function isBare(refusal: Refusal): boolean {
  return refusal.code === 'no_authorization'
}

/** A header holds ASCII only; JSON can write the rest in ASCII. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007F-\uFFFF]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

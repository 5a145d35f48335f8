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
}

/**
 * Answers a refusal as Gafaelfawr does. nginx passes on 401 and 403 only, so a malformed credential is a 403 with the
 * true status in `X-Error-Status`, and the body comes again in `X-Error-Body`. Never cached: the next request may be
 * in order.
 */
export function refuse(response: ServerResponse, refusal: Refusal, { authType, realm, scopes, ajax }: Refused): void {
  const bare = refusal.code === 'no_authorization'
  const detail = { msg: refusal.message, type: refusal.code }
  const body = asciiJson({ detail: bare ? detail : [detail] })
  const missing = refusal.code === 'insufficient_scope' ? scopes : []
  response.writeHead(refusal.status === 401 && !(bare && ajax) ? 401 : 403, {
    'Cache-Control': 'no-cache, no-store',
    'Content-Type': 'application/json',
    'WWW-Authenticate': challenge(authType, realm, bare ? undefined : refusal, missing),
    ...(!bare && { 'X-Error-Status': String(refusal.status), 'X-Error-Body': body }),
  })
  response.end(body)
}

/** A header holds ASCII only; JSON can write the rest in ASCII. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007F-\uFFFF]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

import type { OutgoingHttpHeaders } from 'node:http'
import type { Request } from 'express'
import { type ChallengingSite, challenge } from '../core/access/challenge.js'
import type { Refusal, RefusalCode } from '../core/access/refusal.js'
import type { AuthType } from '../core/access/requirement.js'
import { ownUrl } from '../core/site/base-path.js'
import { resourceMetadataUrl } from '../core/site/resource-metadata.js'
import type { Scope } from '../core/token/scope.js'
import type { Settings } from '../settings/schema.js'

/** The location that a refusal's headers describe. */
export interface ChallengeContext {
  readonly authType: AuthType
  readonly site: ChallengingSite
  /** The required scopes, for `insufficient_scope`. */
  readonly scopes?: readonly Scope[]
  /** Whether a page's script sent the request: it gets 403 for 401, or every tab's polling would start a new sign-in. */
  readonly ajax?: boolean
  /** Challenges of other schemes, which come after ours. */
  readonly beside?: readonly string[]
}

/**
 * Returns the site for a challenge.
 *
 * @param url of the request that is challenged, as the client sent it
 */
export function challengingSite({ baseUrl, resourceMetadata }: Settings, url: string | undefined): ChallengingSite {
  return {
    realm: baseUrl.hostname,
    ...(resourceMetadata && { metadata: resourceMetadataUrl(baseUrl, url) }),
  }
}

/** Returns the site for the challenge of a request to Postern itself. */
export function ownChallengingSite(settings: Settings, { originalUrl }: Pick<Request, 'originalUrl'>): ChallengingSite {
  return challengingSite(settings, ownUrl(settings.baseUrl, originalUrl).href)
}

/** Refusals of requests without an error: the caller has to act first. Gafaelfawr's body for them has no list. */
const WITHOUT_ERROR: ReadonlySet<RefusalCode> = new Set(['no_authorization', 'lifetime_too_short'])

/**
 * Returns the status for proxies that pass on 401 and 403 only. A malformed credential, for example, is a 403 with its true
 * status in `X-Error-Status`.
 */
export function wrappedStatus(refusal: Refusal, ajax = false): 401 | 403 {
  return refusal.status === 401 && !(ajax && WITHOUT_ERROR.has(refusal.code)) ? 401 : 403
}

/** Builds the headers of a refusal, as Gafaelfawr sends them. It is never cached: the next request may pass. */
export function errorHeaders(
  refusal: Refusal,
  { authType, site, scopes = [], beside = [] }: ChallengeContext,
): OutgoingHttpHeaders {
  const missing = refusal.code === 'insufficient_scope' ? scopes : []
  const challenged = refusal.status === 401 || refusal.word !== undefined
  const shown = refusal.code === 'no_authorization' ? undefined : refusal
  return {
    'Cache-Control': 'no-cache, no-store',
    ...(challenged && { 'WWW-Authenticate': [challenge(authType, site, shown, missing), ...beside].join(', ') }),
    ...(!WITHOUT_ERROR.has(refusal.code) && {
      'X-Error-Status': String(refusal.status),
      'X-Error-Body': errorBody(refusal),
    }),
  }
}

/**
 * Builds Gafaelfawr's JSON for a refusal, in ASCII, so that it also fits in a header.
 *
 * @param help the page that explains it, which Gafaelfawr has not
 */
export function errorBody(refusal: Refusal, help?: URL): string {
  const detail = { msg: refusal.message, type: refusal.type }
  return asciiJson({ detail: WITHOUT_ERROR.has(refusal.code) ? detail : [detail], ...(help && { help: help.href }) })
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007F-\uFFFF]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

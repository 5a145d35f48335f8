import { isOwnOrigin, type SitePolicy } from './own-origin.js'

/** The origins whose pages may call services of the site. */
export interface CorsPolicy extends SitePolicy {
  /** Origins elsewhere. Their pages send tokens; the site's cookies count for them nowhere. */
  readonly allowOrigins: readonly string[]
}

/** Returns whether pages of an origin may call services: the whole origin is compared, never a part of it. */
export function isTrustedOrigin(origin: string, policy: CorsPolicy): boolean {
  return policy.allowOrigins.includes(origin) || isOwnOrigin(origin, policy)
}

/** The headers of a refusal that tell a page what to do about it. */
const EXPOSED = ['WWW-Authenticate', 'Retry-After', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset']

/**
 * Builds the headers with which a page of a trusted origin may read why it was refused. Without them a browser tells it
 * nothing but that the call failed. An answer of a service has the service's own.
 */
export function corsHeaders(origin: string, policy: CorsPolicy): Readonly<Record<string, string>> {
  if (!isTrustedOrigin(origin, policy)) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': EXPOSED.join(', '),
    Vary: 'Origin',
    // Only the site's own pages call with its cookies.
    ...(isOwnOrigin(origin, policy) && { 'Access-Control-Allow-Credentials': 'true' }),
  }
}

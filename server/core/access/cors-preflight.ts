import { type CorsPolicy, isTrustedOrigin } from './cors.js'
import { Refusal } from './refusal.js'

/** The headers of an OPTIONS request that make it a CORS preflight. */
export interface OptionsRequest {
  readonly origin?: string
  readonly requestMethod?: string
  /** The query string of the original URL. */
  readonly query?: URLSearchParams
}

interface PreflightPolicy extends CorsPolicy {
  /** The location lets OPTIONS that are no preflight through, to a WebDAV service for example. */
  readonly allowOptions: boolean
}

/**
 * OPTIONS are answered without authentication, because browsers send preflights without credentials; so they are let
 * through only where they come from the site itself or an origin that it trusts, or where the location asked for it
 * (Gafaelfawr's CORS rule).
 *
 * Attack: `?_method=POST` in the query makes some frameworks run a POST, here for a caller without a token.
 *
 * @returns why not; `preflight` when credentials that are not ours may go on with it; `plain` when none may
 */
export function decideCorsPreflight(request: OptionsRequest, policy: PreflightPolicy): Refusal | 'preflight' | 'plain' {
  const { origin, requestMethod, query } = request
  if (query?.has('_method'))
    return new Refusal('options_not_supported', 'An OPTIONS request cannot name another method')
  if (origin !== undefined && requestMethod !== undefined) {
    return isTrustedOrigin(origin, policy) ? 'preflight' : new Refusal('cors_preflight_rejected')
  }
  if (origin !== undefined || requestMethod !== undefined) {
    return new Refusal('options_not_supported', 'Malformed CORS request')
  }
  return policy.allowOptions ? 'plain' : new Refusal('options_not_supported')
}

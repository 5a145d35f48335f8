import type { Requirement } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenRecord } from '../core/token/record.js'

/**
 * Says for each field of a requirement whether an admission under it may be cached. The type makes every new field be decided
 * here.
 */
// biome-ignore format: a table reads in columns
const CACHEABLE_REQUIREMENT: { readonly [K in keyof Required<Requirement>]: (value: Requirement[K]) => boolean } = {
  scopes:           () => true,
  satisfy:          () => true,
  service:          () => true,   // as long as no quota limits it
  onlyServices:     () => true,
  username:         () => true,
  userDomain:       (value) => !value, // the host differs from request to request
  delegation:       () => true,   // as long as the delegated token is cached
  minimumLifetime:  () => true,   // until cacheableUntil
  useAuthorization: () => true,
  authType:         () => true,
  allowCookies:     () => true,
  tokenCookies:     () => true,
  allowOptions:     () => true,   // OPTIONS requests are not cached
  loginRedirect:    () => true,
  optional:         () => true,   // nor are anonymous requests
  programs:         (value) => value === undefined, // access differs from path to path, and from day to day
  denyAs:           () => true,
  sameOrigin:       (value) => !value, // the page that sent it differs from request to request
}

/** Requirements are compiled once, and every check asks. */
const known = new WeakMap<Requirement, boolean>()

export function isCacheable(requirement: Requirement): boolean {
  const found = known.get(requirement)
  if (found !== undefined) return found
  const is = Object.entries(requirement).every(([field, value]) =>
    CACHEABLE_REQUIREMENT[field as keyof Requirement](value as never),
  )
  known.set(requirement, is)
  return is
}

/** Returns the first instant at which the remaining lifetime of a token is too short. */
export function cacheableUntil({ expires }: TokenRecord, { minimumLifetime = 1 }: Requirement): EpochSeconds {
  return expires === undefined ? Number.POSITIVE_INFINITY : Math.floor(expires - minimumLifetime) + 1
}

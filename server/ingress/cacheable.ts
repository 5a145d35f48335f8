import type { Requirement } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenRecord } from '../core/token/record.js'

/**
 * Whether an answer that once admitted a token goes on to hold for it, by what the requirement asks. A field that is new
 * has to be thought about here.
 */
// biome-ignore format: a table reads in columns
const CACHEABLE_REQUIREMENT: { readonly [K in keyof Required<Requirement>]: (asked: Requirement[K]) => boolean } = {
  scopes:           () => true,
  satisfy:          () => true,
  service:          () => true,   // as long as no quota limits it
  onlyServices:     () => true,
  username:         () => true,
  userDomain:       (asked) => !asked, // the host differs from request to request
  delegation:       () => true,   // as long as the delegated token is remembered
  minimumLifetime:  () => true,   // until an instant that can be told
  useAuthorization: () => true,
  authType:         () => true,
  allowCookies:     () => true,
  allowOptions:     () => true,   // OPTIONS requests are not answered here
  loginRedirect:    () => true,
  optional:         () => true,   // the anonymous are not, either
  programs:         (asked) => asked === undefined, // who may see one differs from path to path, and from day to day
  denyAs:           () => true,
  sameOrigin:       (asked) => !asked, // whose page sent it differs from request to request
}

export function isCacheable(requirement: Requirement): boolean {
  return Object.entries(requirement).every(([field, asked]) =>
    CACHEABLE_REQUIREMENT[field as keyof Requirement](asked as never),
  )
}

/** The first instant at which what is left of a token is not enough. */
export function cacheableUntil({ expires }: TokenRecord, { minimumLifetime = 1 }: Requirement): EpochSeconds {
  return expires === undefined ? Number.POSITIVE_INFINITY : Math.floor(expires - minimumLifetime) + 1
}

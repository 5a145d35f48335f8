import { isOwnOrigin, type SitePolicy } from './own-origin.js'

/** The fields of a request that name the page which caused it. No script can set them. */
export interface RequestSource {
  readonly method: string | undefined
  /** `Sec-Fetch-Site` (W3C Fetch Metadata). */
  readonly fetchSite?: string | undefined
  readonly origin?: string | undefined
  readonly upgrade?: string | undefined
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Returns whether a page of another site caused a request that changes something.
 *
 * Attack: the page makes the browser send the user's cookie without the user's knowledge. `SameSite=Lax` stops that from
 * other sites, but a host beside ours (`blog.example.org`) is the same site to browsers. A session that is shared with
 * the hosts below ours is shared with those alone.
 *
 * Browsers say where a request comes from in `Sec-Fetch-Site`, old ones and those without TLS in `Origin` only; a program
 * says neither, and no other site can make one send our cookie. `Origin: null` is a sandbox or a file. Opening a WebSocket
 * is a GET after which everything can be changed, and reading its answers is not stopped by anything.
 */
export function isCrossSite({ method, fetchSite, origin, upgrade }: RequestSource, policy: SitePolicy): boolean {
  if (SAFE_METHODS.has(method ?? '') && upgrade?.toLowerCase() !== 'websocket') return false
  if (origin === 'null') return true
  if (fetchSite === 'same-origin' || fetchSite === 'none') return false
  if (fetchSite !== undefined && !(fetchSite === 'same-site' && policy.allowSubdomains)) return true
  return origin === undefined ? fetchSite !== undefined : !isOwnOrigin(origin, policy)
}

import { canParseUrl } from '../can-parse-url.js'
import { isOwnOrigin, type SitePolicy } from './own-origin.js'

/** The fields of a request that name the page which caused it. No script can set them. */
export interface RequestSource {
  readonly method: string | undefined
  /** `Sec-Fetch-Site` (W3C Fetch Metadata). */
  readonly fetchSite?: string | undefined
  readonly origin?: string | undefined
  /** `Upgrade`, which nginx and Traefik drop unless they are told otherwise. */
  readonly upgrade?: string | undefined
  /** `Sec-WebSocket-Key` and `Sec-Fetch-Mode`, which every proxy passes on. */
  readonly webSocketKey?: string | undefined
  readonly fetchMode?: string | undefined
  /** `Sec-Fetch-Dest`: what the browser wants the answer for. */
  readonly fetchDest?: string | undefined
  /** `Sec-Purpose`: that the browser loads a page which the user has not asked for yet. */
  readonly purpose?: string | undefined
  readonly referer?: string | undefined
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
export function isCrossSite(source: RequestSource, policy: SitePolicy): boolean {
  const { method, fetchSite, origin } = source
  if (SAFE_METHODS.has(method ?? '') && !opensWebSocket(source)) return false
  if (origin === 'null') return true
  if (fetchSite === 'same-origin' || fetchSite === 'none') return false
  if (fetchSite !== undefined && !(fetchSite === 'same-site' && policy.allowSubdomains)) return true
  return origin === undefined ? fetchSite !== undefined : !isOwnOrigin(origin, policy)
}

/**
 * Returns whether the user followed a link on a page of the site itself, so that a GET may end the session.
 *
 * Attack: another site has a link, an image or a redirect to `/logout`. The browser then says `cross-site`, also where the
 * last redirect is the site's own; and an image, a frame or a page that is loaded ahead is no navigation of the user's.
 */
export function isOwnLink(source: RequestSource, policy: SitePolicy): boolean {
  const { method, fetchSite, fetchMode = 'navigate', fetchDest = 'document', purpose, referer } = source
  if (method !== 'GET' || fetchMode !== 'navigate' || fetchDest !== 'document' || purpose !== undefined) return false
  if (fetchSite === 'same-origin') return true
  // `same-site` is also a host beside ours: the page that has the link says which one it is.
  const isBelow = fetchSite === 'same-site' && policy.allowSubdomains && referer !== undefined && canParseUrl(referer)
  return isBelow && isOwnOrigin(new URL(referer).origin, policy)
}

/** Returns whether a request opens a WebSocket, by each of the headers with which a browser says so (RFC 6455 §4.1). */
export function opensWebSocket({ upgrade, webSocketKey, fetchMode }: RequestSource): boolean {
  const protocols = upgrade?.toLowerCase().split(',') ?? []
  return (
    webSocketKey !== undefined || fetchMode === 'websocket' || protocols.some((each) => each.trim() === 'websocket')
  )
}

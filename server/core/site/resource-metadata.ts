import { canParseUrl } from '../can-parse-url.js'
import { ownUrl, siteAddress } from './base-path.js'

/** Where the documents about protected resources are (RFC 9728 §3). */
export const PROTECTED_RESOURCE = '/.well-known/oauth-protected-resource'

/** A longer path would take the room of other headers in a response: proxies limit them. */
const MAXIMUM_PATH = 1000

/**
 * Returns the address of the document about a protected resource, for a challenge (RFC 9728 §5.1): with the path of the resource
 * at its end, because §3.3 has a client refuse the document of another address than the one that it asked for. The query is left
 * out, which may hold secrets of a service. A resource on another host gets the document of the site.
 *
 * @param url of the request; absent where the proxy does not say
 */
export function resourceMetadataUrl(baseUrl: URL, url: string | undefined): string {
  const { origin, pathname } = url !== undefined && canParseUrl(url) ? new URL(url) : baseUrl
  const isNamed = origin === baseUrl.origin && pathname !== baseUrl.pathname && pathname.length <= MAXIMUM_PATH
  // Not part of what `ownUrl` makes, which joins paths as one address: a path may begin with two slashes.
  return `${ownUrl(baseUrl, PROTECTED_RESOURCE).href}${isNamed && pathname !== '/' ? pathname : ''}`
}

/**
 * Returns the protected resource that a document is about: the whole site, or what the path after the document's own names.
 *
 * @param path of the request for the document, an own path
 */
export function resourceOf(baseUrl: URL, path: string): string {
  const below = path.slice(PROTECTED_RESOURCE.length)
  return below === '' || below === '/' ? siteAddress(baseUrl) : `${baseUrl.origin}${below}`
}

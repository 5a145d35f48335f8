import { canParseUrl } from '../can-parse-url.js'
import { isOwnHost, type SitePolicy } from './own-origin.js'

/** Proxies have only so much room for an answer's headers: a longer `Location` would be their error page. */
const MAX_URL_LENGTH = 4096

/**
 * Decides whether a browser may be sent to this address after signing in or out.
 *
 * Attack: a page of ours that redirects to any address lends the site's name to a phisher. Admitted are: an absolute https URL (or the base URL's own origin) or a path on this site; on
 * the base host or, where the site says so, below it, at any port (Gafaelfawr's rule); with no user name in front
 * (`https://site@evil/`); and with no character on which parsers differ (backslash, white space, controls:
 * `https:\\evil`, `/\evil`, `\t//evil`).
 *
 * @returns the URL to go to, as the browser will read it; undefined when it must not be followed
 */
export function returnUrl(text: string, policy: SitePolicy): URL | undefined {
  if (/[\\\p{Cc}\s]/u.test(text)) return undefined
  if (!/^https?:\/\/[^/]/i.test(text) && !/^\/(?!\/)/.test(text)) return undefined
  if (!canParseUrl(text, policy.baseUrl.href)) return undefined
  const url = new URL(text, policy.baseUrl)
  if (url.username !== '' || url.password !== '' || url.href.length > MAX_URL_LENGTH) return undefined
  if (url.origin === policy.baseUrl.origin) return url
  return url.protocol === 'https:' && isOwnHost(url.hostname, policy) ? url : undefined
}

import { canParseUrl } from '../can-parse-url.js'

/** The site's address, and whether it shares its session with the hosts below. */
export interface SitePolicy {
  readonly baseUrl: URL
  /** Hosts below the base host are the site's own, too. */
  readonly allowSubdomains: boolean
}

/** Returns whether a host is the base host or, where the site shares its session with them, a host below it. */
export function isOwnHost(host: string, { baseUrl, allowSubdomains }: SitePolicy): boolean {
  return host === baseUrl.hostname || (allowSubdomains && host.endsWith(`.${baseUrl.hostname}`))
}

/**
 * Returns whether an `Origin` header names the site: scheme, host and port of the base URL. Where the site shares its
 * session with the hosts below, it is theirs at every port, but only with the same scheme.
 *
 * Attack: another program on the same machine listens on another port, or an attacker on the network serves `http:` for
 * the site's name. Both are other origins to the browser, and must be to us.
 */
export function isOwnOrigin(origin: string, policy: SitePolicy): boolean {
  if (origin === policy.baseUrl.origin) return true
  if (!policy.allowSubdomains || !canParseUrl(origin)) return false
  const { protocol, hostname } = new URL(origin)
  return protocol === policy.baseUrl.protocol && isOwnHost(hostname, policy)
}

/** What our cookies are called on a site. */
export interface CookieNames {
  readonly session: string
  /** What a browser carries for us while its owner signs in. */
  readonly login: string
  /** What signing out at an identity provider needs; only `/logout` is sent it, so it cannot be bound to all of the host. */
  readonly kept: string
}

/**
 * Browsers take a cookie of this prefix from this very host alone, over TLS and for all of its paths (RFC 6265bis, section
 * 4.1.3.2). Any other name can be planted by whoever serves a host beside or below ours (`Domain=example.org`): their own
 * session in our visitor's browser, who then works, uploads and makes tokens as them.
 */
const HOST_BOUND = '__Host-'

/** A session that hosts below are to see cannot be bound to this one, and without TLS no cookie can. */
export function cookieNames(site: { readonly baseUrl: URL; readonly allowSubdomains: boolean }): CookieNames {
  const bound = site.baseUrl.protocol === 'https:' ? HOST_BOUND : ''
  return {
    session: `${site.allowSubdomains ? '' : bound}postern`,
    login: `${bound}postern-login`,
    kept: `${bound && '__Secure-'}postern-kept`,
  }
}

/** Whether a cookie is one of ours by any configuration: none of them is for services to see, in use or left over. */
export function isOurCookie(name: string): boolean {
  return /^(?:__Host-|__Secure-)?postern(?:-|$)/i.test(name)
}

/** The names of our cookies on a site. */
export interface CookieNames {
  readonly session: string
  /** Sign-in state; the names of the states under way at providers begin with it. */
  readonly login: string
  /** The credential for signing out at an identity provider. It is sent to `/logout` only, so `__Host-` cannot be used. */
  readonly logoutHint: string
  /** Marks a browser in which the user has just signed out. */
  readonly signedOut: string
  /** Marks a browser in which a user has signed in with a password. It is sent to `/login` only. */
  readonly device: string
  /** A form that waits for its user to sign in again. It is sent to the pages for that only. */
  readonly keptForm: string
  /**
   * The token of a program that has logged in by AuthVO. No browser is given it, no page reads it; only checks do, and only of
   * locations that offer the login.
   */
  readonly vo: string
  /** Marks a browser that was led here from another name of the site, or has read which address is the right one. */
  readonly led: string
}

/**
 * Browsers accept a cookie of this prefix from this very host alone, over TLS and for all of its paths (RFC 6265bis
 * §4.1.3.2).
 *
 * Attack: a host beside or below ours sets a cookie of any other name for the whole domain (`Domain=example.org`). With the
 * attacker's session in it, the victim works, uploads and creates tokens as the attacker.
 */
const HOST_BOUND = '__Host-'

/** Names the cookies. A session that is shared with subdomains cannot be bound to this host, and no cookie can without TLS. */
export function cookieNames(site: { readonly baseUrl: URL; readonly allowSubdomains: boolean }): CookieNames {
  const [bound, secure] = site.baseUrl.protocol === 'https:' ? [HOST_BOUND, '__Secure-'] : ['', '']
  return {
    session: `${site.allowSubdomains ? '' : bound}postern`,
    login: `${bound}postern-login`,
    logoutHint: `${secure}postern-kept`,
    signedOut: 'postern-left',
    device: `${secure}postern-device`,
    keptForm: `${secure}postern-form`,
    led: 'postern-led',
    vo: `${site.allowSubdomains ? secure : bound}postern-vo`,
  }
}

/** The cookie of how a browser's user reads: language, dates, zone. It says nothing of who they are. */
export const READER_COOKIE = 'postern-reader'

/** The cookie of Gafaelfawr, which browsers still send to a site that had it before. */
export const GAFAELFAWR_COOKIE = 'gafaelfawr'

/**
 * Returns whether a cookie is ours under any configuration: none of them, in use or left over, is for services to see. That of
 * Gafaelfawr is one of them: who has it has the session, there and here.
 */
export function isOurCookie(name: string): boolean {
  return /^(?:(?:__Host-|__Secure-)?postern(?:-|$)|gafaelfawr$)/i.test(name)
}

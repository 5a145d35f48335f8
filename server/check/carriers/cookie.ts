import { parseToken } from '../../core/token.js'
import type { Credential } from './credential.js'

export const SESSION_COOKIE = 'postern'

/** The session cookies. One that holds no token is no credential at all: browsers keep cookies longer than they mean. */
export function fromCookie(cookieHeader: string | undefined): Credential[] {
  return read(cookieHeader, SESSION_COOKIE, 'cookie')
}

/** Tokens in the cookies that the site has named for it, such as MAST's `mast_token`. */
export function fromTokenCookies(cookieHeader: string | undefined, names: readonly string[]): Credential[] {
  return names.flatMap((name) => read(cookieHeader, name, 'token-cookie'))
}

/**
 * Every cookie of that name: a browser may hold one for this host and one for the domain above it, and sends both; the
 * first alone, if dead, would shut its owner out for good.
 */
function read(header: string | undefined, name: string, source: 'cookie' | 'token-cookie'): Credential[] {
  if (!header?.includes(name)) return []
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return values.slice(0, MOST).flatMap((pair) => {
    const token = parseToken(pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
    return typeof token === 'string' ? [] : [{ source, token }]
  })
}

/** Each is a look-up; nobody has more of one name in good faith. */
const MOST = 4

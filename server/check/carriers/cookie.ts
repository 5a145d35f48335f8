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
  const found: Credential[] = []
  if (!header?.includes(name)) return found
  const start = `${name}=`
  let left = MOST
  for (const part of header.split(';')) {
    const pair = part.trim()
    if (!pair.startsWith(start)) continue
    if (left-- === 0) break
    const token = parseToken(unquoted(pair.slice(start.length)))
    if (typeof token !== 'string') found.push({ source, token })
  }
  return found
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

/** Each is a look-up; nobody has more of one name in good faith. */
const MOST = 4

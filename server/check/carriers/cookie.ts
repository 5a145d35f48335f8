import { parseCookie } from 'cookie'
import { parseToken } from '../../core/token.js'
import type { Credential } from './credential.js'

export const SESSION_COOKIE = 'postern'

/** The session cookie. One that holds no token is no credential at all: browsers keep cookies longer than they mean. */
export function fromCookie(cookieHeader: string | undefined): Credential | undefined {
  return read(cookieHeader, SESSION_COOKIE, 'cookie')
}

/** The first token in the cookies that the site has named for it, such as MAST's `mast_token`. */
export function fromTokenCookies(cookieHeader: string | undefined, names: readonly string[]): Credential | undefined {
  for (const name of names) {
    const credential = read(cookieHeader, name, 'token-cookie')
    if (credential) return credential
  }
  return undefined
}

function read(header: string | undefined, name: string, source: 'cookie' | 'token-cookie'): Credential | undefined {
  if (!header?.includes(name)) return undefined
  const token = parseToken(parseCookie(header)[name] ?? '')
  return typeof token === 'string' ? undefined : { source, token }
}

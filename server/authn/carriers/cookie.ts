import { parseToken } from '../../core/token/token.js'
import type { Credential } from './credential.js'

/**
 * The session cookies of the one name that the site uses. Where that is `__Host-postern`, a plain `postern` is none: any
 * host of the same domain could have planted it (see `cookieNames`). One that holds no token is no credential at all:
 * browsers keep cookies longer than they mean.
 */
export function fromCookie(cookieHeader: string | undefined, name: string): Credential[] {
  return read(cookieHeader, name, 'cookie')
}

/** Tokens in the cookies that the site has named for it, such as MAST's `mast_token`. */
export function fromTokenCookies(cookieHeader: string | undefined, names: readonly string[]): Credential[] {
  return names.flatMap((name) => read(cookieHeader, name, 'token-cookie'))
}

/**
 * Every cookie of that name: a browser may hold one for this host and one for the domain above it, and sends both; the
 * first alone, if dead, would shut its owner out for good. Spaces and tabs alone are taken off in front: what else JavaScript
 * takes for white space is part of a cookie's name to browsers, and `<U+00A0>__Host-postern` is not protected by them.
 */
function read(header: string | undefined, name: string, source: 'cookie' | 'token-cookie'): Credential[] {
  const found: Credential[] = []
  if (!header?.includes(name)) return found
  const start = `${name}=`
  let left = MAX_TOKEN_COOKIES
  for (const part of header.split(';')) {
    const pair = part.replace(/^[ \t]+/, '').trimEnd()
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
const MAX_TOKEN_COOKIES = 4

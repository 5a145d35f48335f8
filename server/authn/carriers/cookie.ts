import { GAFAELFAWR_COOKIE } from '../../core/access/cookie-names.js'
import { Refusal } from '../../core/access/refusal.js'
import { tokenOfCookie } from '../../core/gafaelfawr/cookie.js'
import { parseFernetKey } from '../../core/gafaelfawr/fernet.js'
import { NO_FOREIGN, type ReadForeign } from '../../core/token/foreign/foreign-token.js'
import type { Secret } from '../../core/token/secret.js'
import { parseToken, type Token } from '../../core/token/token.js'
import type { Credential } from './credential.js'

/**
 * Reads the session cookies of the name that the site uses. Where that is `__Host-postern`, a plain `postern` is ignored: any
 * host of the same domain can plant one (see `cookieNames`). A cookie without a token is no credential: browsers keep
 * cookies of earlier software.
 */
export function fromCookie(cookieHeader: string | undefined, name: string): Credential[] {
  return read(cookieHeader, { name, source: 'cookie', tokenOf: parseToken })
}

/** Reads tokens from the cookies that the site configures, such as MAST's `mast_token`; those of other systems, too. */
export function fromTokenCookies(
  cookieHeader: string | undefined,
  names: readonly string[],
  foreign: ReadForeign = NO_FOREIGN,
): Credential[] {
  const tokenOf = (text: string) => {
    const own = parseToken(text)
    return own instanceof Refusal ? foreign(text) : own
  }
  return names.flatMap((name) => read(cookieHeader, { name, source: 'token-cookie', tokenOf }))
}

/** Reads the sessions of the cookie that Gafaelfawr gave to browsers, where the site takes over from it. */
export function fromGafaelfawrCookie(
  cookieHeader: string | undefined,
  former: { readonly sessionSecret: Secret } | undefined,
): Credential[] {
  const key = former && cookieHeader?.includes(GAFAELFAWR_COOKIE) ? parseFernetKey(former.sessionSecret) : undefined
  if (!key) return []
  return read(cookieHeader, {
    name: GAFAELFAWR_COOKIE,
    source: 'cookie',
    tokenOf: (value) => tokenOfCookie(key, value),
  })
}

interface TokenCookie {
  readonly name: string
  readonly source: 'cookie' | 'token-cookie'
  readonly tokenOf: (value: string) => Token | Refusal | undefined
}

/**
 * Reads every cookie of a name. A browser may hold one for this host and one for the domain above it, and sends both; if only
 * the first were read, a dead one would lock its owner out.
 *
 * Attack: a browser takes `<U+00A0>__Host-postern` for an unprotected name, and JavaScript's trim() would make it the
 * protected one. So only spaces and tabs are removed in front.
 */
function read(header: string | undefined, { name, source, tokenOf }: TokenCookie): Credential[] {
  const found: Credential[] = []
  if (!header?.includes(name)) return found
  const start = `${name}=`
  let remaining = MAX_TOKEN_COOKIES
  for (const part of header.split(';')) {
    const pair = part.replace(/^[ \t]+/, '').trimEnd()
    if (!pair.startsWith(start)) continue
    if (remaining-- === 0) break
    const token = tokenOf(unquoted(pair.slice(start.length)))
    if (token && !(token instanceof Refusal)) found.push({ source, token })
  }
  return found
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

/** Limits the look-ups that one request can cause; browsers hold one or two cookies of a name. */
const MAX_TOKEN_COOKIES = 4

import { Refusal } from '../access/refusal.js'
import { parseToken, type Token } from '../token/token.js'
import { decryptFernet, type FernetKey } from './fernet.js'

/**
 * Reads the session token of Gafaelfawr's cookie: Fernet of `{csrf, token}`; undefined for any other text, and for the cookie of
 * a sign-in that was not finished, which has no token.
 */
export function tokenOfCookie(session: FernetKey, value: string): Token | undefined {
  const text = decryptFernet(session, value)
  if (typeof text === 'string') return undefined
  const stored = tokenFieldOf(text)
  const token = typeof stored === 'string' ? parseToken(stored) : undefined
  return token instanceof Refusal ? undefined : token
}

function tokenFieldOf(text: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(text.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'token') : undefined
  } catch {
    return undefined
  }
}

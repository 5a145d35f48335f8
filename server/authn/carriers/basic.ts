import { Refusal } from '../../core/access/refusal.js'
import { parseToken, type Token } from '../../core/token/token.js'
import type { CarrierResult } from './credential.js'

/**
 * Reads `Authorization: Basic` with a token as the user name or as the password. The other field is free, and
 * `x-oauth-basic` by custom. RFC 7617 §2: the first colon separates them; tokens contain none. Credentials without a token
 * are not ours: a client may be authenticating to the service itself.
 */
export function fromBasic(rest: string): CarrierResult {
  const decoded = decodeBasic(rest)
  const colon = decoded.indexOf(':')
  if (colon < 0) return new Refusal('invalid_request', 'Invalid Basic auth string: no colon between user and password')
  const username = findToken(decoded.slice(0, colon))
  const password = findToken(decoded.slice(colon + 1))
  if (username && password && !sameToken(username, password)) {
    return new Refusal('invalid_request', 'Conflicting tokens in Basic username and password fields')
  }
  if (username) return { source: 'basic-username', token: username }
  return password && { source: 'basic-password', token: password }
}

/** Decodes `user:password`. It accepts base64 that is slightly malformed, as some clients send it. */
export function decodeBasic(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8').trim()
}

function findToken(text: string): Token | undefined {
  const token = parseToken(text)
  return token instanceof Refusal ? undefined : token
}

function sameToken(a: Token, b: Token): boolean {
  return a.key === b.key && a.secret.reveal() === b.secret.reveal()
}

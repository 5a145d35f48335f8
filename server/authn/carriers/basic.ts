import { Refusal } from '../../core/access/refusal.js'
import { parseToken, type Token } from '../../core/token/token.js'
import type { CarrierResult } from './credential.js'

/**
 * `Authorization: Basic` (RFC 7617) with a token as the user name or as the password; the other field is free, and
 * `x-oauth-basic` by custom. Split at the first colon, as the RFC has it; tokens contain none. With a token in neither
 * field it is not ours: somebody may be signing in to the service behind.
 */
export function fromBasic(rest: string): CarrierResult {
  const decoded = decodeBasic(rest)
  const colon = decoded.indexOf(':')
  if (colon < 0) return new Refusal('invalid_request', 'Invalid Basic auth string: no colon between user and password')
  const username = tokenOrNothing(decoded.slice(0, colon))
  const password = tokenOrNothing(decoded.slice(colon + 1))
  if (username && password && !sameToken(username, password)) {
    return new Refusal('invalid_request', 'Conflicting tokens in Basic username and password fields')
  }
  if (username) return { source: 'basic-username', token: username }
  return password && { source: 'basic-password', token: password }
}

/** The `user:password` of Basic credentials; clients that break the base64 in some way still mean something by it. */
export function decodeBasic(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8').trim()
}

function tokenOrNothing(text: string): Token | undefined {
  const token = parseToken(text)
  return typeof token === 'string' ? undefined : token
}

function sameToken(a: Token, b: Token): boolean {
  return a.key === b.key && a.secret.reveal() === b.secret.reveal()
}

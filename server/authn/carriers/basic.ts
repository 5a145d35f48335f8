import { Refusal } from '../../core/access/refusal.js'
import { parsePastedToken, resemblesToken } from '../../core/pasted-token.js'
import { NO_FOREIGN, type ReadForeign } from '../../core/token/foreign/foreign-token.js'
import type { Token } from '../../core/token/token.js'
import type { CarrierResult } from './credential.js'

/**
 * Reads `Authorization: Basic` with a token as the user name or as the password. The other field is free, and
 * `x-oauth-basic` by custom. RFC 7617 §2: the first colon separates them; tokens contain none. Credentials without a token
 * are not ours: a client may be authenticating to the service itself. But a field that was meant to be a token and is none
 * is refused as such: its user has sent a token, and would be told to send one. A token of another system comes after ours, the
 * password before the user name.
 */
export function fromBasic(rest: string, foreign: ReadForeign = NO_FOREIGN): CarrierResult {
  const decoded = decodeBasic(rest)
  const colon = decoded.indexOf(':')
  if (colon < 0) return new Refusal('invalid_request', 'Invalid Basic auth string: no colon between user and password')
  const [user, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
  const own = fromUserAndPassword(user, password)
  if (!isBase64(rest)) return own && new Refusal('invalid_request', 'Invalid Basic auth string: not base64')
  return own ?? fromForeign(user, password, foreign)
}

/**
 * Returns whether a text is base64 of either alphabet, with or without its padding.
 *
 * Attack: Node's decoder passes over all other characters, so that one token has endless spellings, which no filter before us and
 * no search of a log finds. RFC 4648 §3.3 has them refused.
 */
function isBase64(encoded: string): boolean {
  return /^[A-Za-z0-9+/_-]*=*$/.test(encoded.replace(/\s+/g, ''))
}

function fromForeign(user: string, password: string, foreign: ReadForeign): CarrierResult {
  const asPassword = foreign(password)
  if (asPassword) return { source: 'basic-password', token: asPassword }
  const asUsername = foreign(user)
  return asUsername && { source: 'basic-username', token: asUsername }
}

/** Reads a token from a user name and a password, of which either may be one. */
export function fromUserAndPassword(user: string, secret: string): CarrierResult {
  const username = readField(user)
  const password = readField(secret)
  if (isToken(username) && isToken(password) && !sameToken(username, password)) {
    return new Refusal('invalid_request', 'Conflicting tokens in Basic username and password fields')
  }
  if (isToken(username)) return { source: 'basic-username', token: username }
  if (isToken(password)) return { source: 'basic-password', token: password }
  return password ?? username
}

/** Decodes `user:password`. It accepts base64 that is slightly malformed, as some clients send it. */
export function decodeBasic(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8').trim()
}

/** Returns the token of a field, a refusal of what was meant to be one, or undefined for any other text. */
function readField(text: string): Token | Refusal | undefined {
  const token = parsePastedToken(text)
  return token instanceof Refusal && !resemblesToken(text) ? undefined : token
}

function isToken(field: Token | Refusal | undefined): field is Token {
  return field !== undefined && !(field instanceof Refusal)
}

function sameToken(a: Token, b: Token): boolean {
  return a.key === b.key && a.secret.reveal() === b.secret.reveal()
}

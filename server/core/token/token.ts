import { hash, timingSafeEqual } from 'node:crypto'
import { Refusal } from '../access/refusal.js'
import { hasValidMac, RANDOM_BYTES, withMac } from './key-mac.js'
import { Secret } from './secret.js'

declare const brand: unique symbol

/** The public half of a token: 22 base64url characters. Names the token in pages, logs, URLs and stores. */
export type TokenKey = string & { readonly [brand]: 'TokenKey' }

/** A whole token. Its secret prints as `[secret]`; {@link formatToken} is the only way to its text. */
export interface Token {
  readonly key: TokenKey
  readonly secret: Secret
}

/** Source of random bytes; `crypto.randomBytes` outside tests. */
export type RandomBytes = (size: number) => Buffer

/** The store that holds a token: user and service tokens live in Postgres, sessions and what they delegate in Redis. */
export type TokenHome = 'postgres' | 'redis'

const PREFIX = 'gt-'
/** A token anywhere in a text. */
export const TOKEN_ANYWHERE = /gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}/
const WHOLE_TOKEN = /^gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/
/** The characters of a token: `gt-`, 22, a dot, 22. */
export const WHOLE_LENGTH = 48
/** The form of a key. */
export const TOKEN_KEY = /^[A-Za-z0-9_-]{22}$/

/*
 * 22 base64url characters carry 132 bits and a key has 128 of them, so base64 leaves the last character's four low bits
 * zero: it is one of A, Q, g, w. Keys of tokens that live in Redis have the lowest of them set (B, R, h, x). The key
 * itself thus tells where to look: the check of a user token never waits for Redis, nor a session's for Postgres, and
 * an unknown key costs one look-up, not two.
 */
const IN_REDIS: Readonly<Record<string, string>> = { A: 'B', Q: 'R', g: 'h', w: 'x' }
const REDIS_MARKS = new Set(Object.values(IN_REDIS))

/** Makes a token for one of the stores: 96 random bits and their MAC as key, 128 random bits as secret. */
export function mintToken(home: TokenHome, random: RandomBytes, sealKey: Uint8Array): Token {
  return tokenFromBytes(home, random(RANDOM_BYTES), random(16), sealKey)
}

/** Makes a token of 12 bytes for the key, to which a MAC is added, and 16 bytes of secret. */
export function tokenFromBytes(home: TokenHome, chance: Uint8Array, secretBytes: Buffer, sealKey: Uint8Array): Token {
  const key = withMac(sealKey, home, chance).toString('base64url')
  const secret = new Secret(secretBytes.toString('base64url'))
  return { key: (home === 'redis' ? markForRedis(key) : key) as TokenKey, secret }
}

function markForRedis(key: string): string {
  return key.slice(0, -1) + IN_REDIS[key.slice(-1)]
}

/** Returns whether a key has a MAC of this site. Imported keys have none and may be valid all the same. */
export function isIssuedHere(sealKeys: readonly Uint8Array[], key: TokenKey): boolean {
  return hasValidMac(sealKeys, homeOf(key), Buffer.from(key, 'base64url'))
}

/** Returns the store that holds tokens with this key. */
export function homeOf(key: TokenKey): TokenHome {
  return REDIS_MARKS.has(key.slice(-1)) ? 'redis' : 'postgres'
}

/** Parses `gt-<key>.<secret>`; refuses a text of another form with `invalid_token`. */
export function parseToken(text: string): Token | Refusal {
  if (WHOLE_TOKEN.test(text)) return { key: text.slice(3, 25) as TokenKey, secret: new Secret(text.slice(26)) }
  // Gafaelfawr's words, which clients see as `error_description`.
  return new Refusal('invalid_token', text.startsWith(PREFIX) ? 'Token is malformed' : 'Token does not start with gt-')
}

export function isTokenKey(text: string): text is TokenKey {
  return TOKEN_KEY.test(text)
}

/** Returns whether a text contains a token anywhere. */
export function containsToken(text: string): boolean {
  return TOKEN_ANYWHERE.test(text)
}

/** Returns a token's text, to be shown once to its owner. */
export function formatToken(token: Token): string {
  return `${PREFIX}${token.key}.${token.secret.reveal()}`
}

/** Hashes a secret for storage. A secret has 128 random bits, so a plain SHA-256 cannot be searched for it. */
export function hashSecret(secret: Secret): Buffer {
  return hash('sha256', secret.reveal(), 'buffer')
}

/** A SHA-256 as 32 characters, each of them a byte: as a text it takes a third of the room and of the time of a Buffer. */
export type Digest = string & { readonly [brand]: 'Digest' }

export function digestOfBytes(hashed: Uint8Array): Digest {
  return Buffer.from(hashed).toString('latin1') as Digest
}

const presentedHash = Buffer.alloc(32)
const knownHash = Buffer.alloc(32)

/** Compares in constant time: how long a wrong secret takes must not tell how much of it was right. */
export function secretMatches(secret: Secret, digest: Digest): boolean {
  if (digest.length !== knownHash.length) return false
  presentedHash.write(hash('sha256', secret.reveal(), 'binary'), 'latin1')
  knownHash.write(digest, 'latin1')
  return timingSafeEqual(presentedHash, knownHash)
}

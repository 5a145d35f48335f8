import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../token/secret.js'

/*
 * Fernet, in which Gafaelfawr encrypts its tokens and its cookie: base64url of
 *
 *   0x80 · time (8) · IV (16) · AES-128-CBC of the text · HMAC-SHA256 of all before (32)
 *
 * under a secret of two keys, 16 bytes for the HMAC and 16 for AES.
 */
const VERSION = 0x80
const IV_AT = 9
const TEXT_AT = 25
const MAC_LENGTH = 32
const BLOCK = 16
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/

/** The two keys of a session secret. */
export interface FernetKey {
  readonly signing: Buffer
  readonly encryption: Buffer
}

/** - `truncated`: it has not the form of a Fernet value; - `wrong-secret`: it was made with another secret, or changed. */
export type FernetFault = 'truncated' | 'wrong-secret'

/** Parses a session secret, base64url of 32 bytes; undefined for a text of another form. */
export function parseFernetKey(secret: Secret): FernetKey | undefined {
  const text = secret.reveal().trim()
  const bytes = Buffer.from(text, 'base64url')
  if (!BASE64URL.test(text) || bytes.length !== 32) return undefined
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) }
}

/**
 * Decrypts a value of every age. The MAC is compared first, in constant time.
 *
 * Attack: a writer of the old Redis, or of a cookie, changes a value; nothing of it is decrypted or parsed.
 */
export function decryptFernet({ signing, encryption }: FernetKey, value: string): Buffer | FernetFault {
  const bytes = Buffer.from(value, 'base64url')
  const textLength = bytes.length - TEXT_AT - MAC_LENGTH
  const isWhole = BASE64URL.test(value) && bytes[0] === VERSION && textLength >= BLOCK && textLength % BLOCK === 0
  if (!isWhole) return 'truncated'
  const [signed, mac] = [bytes.subarray(0, -MAC_LENGTH), bytes.subarray(-MAC_LENGTH)]
  if (!timingSafeEqual(createHmac('sha256', signing).update(signed).digest(), mac)) return 'wrong-secret'
  const decipher = createDecipheriv('aes-128-cbc', encryption, bytes.subarray(IV_AT, TEXT_AT))
  try {
    return Buffer.concat([decipher.update(signed.subarray(TEXT_AT)), decipher.final()])
  } catch {
    // Its padding is wrong: it was signed with this key, and encrypted with another.
    return 'wrong-secret'
  }
}

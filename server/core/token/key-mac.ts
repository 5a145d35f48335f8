import { createHmac, timingSafeEqual } from 'node:crypto'

/** Bytes of chance in a token's key, and after them bytes of seal. 96 bits name every token that will ever be made. */
export const RANDOM_BYTES = 12
const MAC_BYTES = 4

/*
 * A key says of itself whether this site made it: its last four bytes are an HMAC of the others. It is no secret and
 * proves nothing to anybody; what admits is the token's own secret. It tells a key that a store may have from one that
 * somebody made up: a flood of invented tokens costs no store a look-up, and nobody's real token waits behind it.
 */

/** The bytes of a key: chance, and the seal on it. */
export function withMac(sealKey: Uint8Array, purpose: string, chance: Uint8Array): Buffer {
  const named = chance.subarray(0, RANDOM_BYTES)
  return Buffer.concat([named, macOf(sealKey, purpose, named)])
}

/** Whether one of these keys sealed it: a key of a secret that was replaced since still counts. */
export function hasValidMac(sealKeys: readonly Uint8Array[], purpose: string, bytes: Uint8Array): boolean {
  if (bytes.length !== RANDOM_BYTES + MAC_BYTES) return false
  const named = bytes.subarray(0, RANDOM_BYTES)
  const seal = bytes.subarray(RANDOM_BYTES)
  return sealKeys.some((sealKey) => timingSafeEqual(macOf(sealKey, purpose, named), seal))
}

function macOf(sealKey: Uint8Array, purpose: string, named: Uint8Array): Buffer {
  return createHmac('sha256', sealKey).update(purpose).update(named).digest().subarray(0, MAC_BYTES)
}

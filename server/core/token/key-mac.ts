import { createHmac, timingSafeEqual } from 'node:crypto'

/** Random bytes in a token's key, followed by the bytes of its MAC. 96 bits suffice for unique keys. */
export const RANDOM_BYTES = 12
const MAC_BYTES = 4

/*
 * A key carries a MAC: its last four bytes are an HMAC of the others. It authenticates no client; only the token's secret
 * does. It tells keys of this site from invented ones.
 *
 * Attack: a flood of invented tokens would cost the stores a look-up each, and delay the look-ups of real tokens.
 */

/** Appends the MAC to the random bytes of a key. */
export function withMac(sealKey: Uint8Array, purpose: string, chance: Uint8Array): Buffer {
  const named = chance.subarray(0, RANDOM_BYTES)
  return Buffer.concat([named, macOf(sealKey, purpose, named)])
}

/** Returns whether the MAC is of one of these keys: those of replaced secrets still count. */
export function hasValidMac(sealKeys: readonly Uint8Array[], purpose: string, bytes: Uint8Array): boolean {
  if (bytes.length !== RANDOM_BYTES + MAC_BYTES) return false
  const named = bytes.subarray(0, RANDOM_BYTES)
  const seal = bytes.subarray(RANDOM_BYTES)
  return sealKeys.some((sealKey) => timingSafeEqual(macOf(sealKey, purpose, named), seal))
}

function macOf(sealKey: Uint8Array, purpose: string, named: Uint8Array): Buffer {
  return createHmac('sha256', sealKey).update(purpose).update(named).digest().subarray(0, MAC_BYTES)
}

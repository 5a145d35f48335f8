import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Parses a public key in PEM; undefined for a text that is none, or a key of another kind than ECDSA P-256. */
export function readReportKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    const { namedCurve } = key.asymmetricKeyDetails ?? {}
    if (namedCurve === 'prime256v1') return key
  } catch {
    // A text that is no key.
  }
  return undefined
}

/**
 * Returns whether a key signed a report: ECDSA over the SHA-256 of the whole body as it was sent, in DER and base64.
 *
 * Attack: a body that is parsed and written again would let one signature stand for several texts.
 */
export function isSignedBy(key: KeyObject, body: Uint8Array, signature: string): boolean {
  return verify('sha256', body, key, Buffer.from(signature, 'base64'))
}

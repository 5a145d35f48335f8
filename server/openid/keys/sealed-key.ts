import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, exportJWK } from 'jose'
import type { JWK } from 'oidc-provider'
import type { Context } from '../../storage/context.js'

const SEALED = { alg: 'dir', enc: 'A256GCM' } as const

/** A private key with its name. */
export type NamedKey = JWK & { readonly kid: string }

/** Makes an RSA key, and seals it with a key of the master secret. */
export async function makeSealedKey({
  keys,
}: Pick<Context, 'keys'>): Promise<{ readonly sealed: string; readonly kid: string }> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const sealed = await new CompactEncrypt(Buffer.from(pem)).setProtectedHeader(SEALED).encrypt(keys.openIdKey[0])
  return { sealed, kid: (await toJwk(privateKey)).kid }
}

/** Unseals a key; undefined when none of the master secrets sealed it. */
export async function unsealKey({ keys }: Pick<Context, 'keys'>, sealed: string): Promise<KeyObject | undefined> {
  for (const key of keys.openIdKey) {
    try {
      const { plaintext } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: [SEALED.alg],
        contentEncryptionAlgorithms: [SEALED.enc],
      })
      return createPrivateKey(Buffer.from(plaintext).toString())
    } catch {
      // Sealed with another master secret: try the next.
    }
  }
  return undefined
}

/** @param kid its thumbprint (RFC 7638) when not given */
export async function toJwk(key: KeyObject, kid?: string): Promise<NamedKey> {
  const { kty = 'RSA', ...rest } = await exportJWK(key)
  const jwk = { kty, ...rest, use: 'sig', alg: 'RS256' }
  return { ...jwk, kid: kid ?? (await calculateJwkThumbprint(jwk)) }
}

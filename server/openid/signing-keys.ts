import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, exportJWK } from 'jose'
import type { JWK } from 'oidc-provider'
import type { Context } from '../storage/context.js'
import { addSealedKey, listSealedKeys } from '../storage/postgres/openid/keys.js'

const SEALED = { alg: 'dir', enc: 'A256GCM' } as const

/**
 * Returns the keys that sign ID tokens, the first one signs. They are those of the settings; otherwise one that was generated.
 *
 * That one is in the database and not beside the master secret: all processes and replicas must sign with one key, and many
 * sites give the master secret in the environment and have no folder of data. It is sealed with a key of the master secret, so
 * that a copy of the database signs nothing.
 */
export async function signingKeys(context: Context): Promise<JWK[]> {
  const { key: given, keyId } = context.settings.oidcServer
  const pems = given?.map((each) => each.reveal()) ?? [await generatedKey(context)]
  return Promise.all(pems.map((pem, index) => toJwk(createPrivateKey(pem), keyId?.[index])))
}

async function toJwk(key: KeyObject, kid: string | undefined): Promise<JWK> {
  const { kty = 'RSA', ...rest } = await exportJWK(key)
  const jwk = { kty, ...rest, use: 'sig', alg: 'RS256' }
  return { ...jwk, kid: kid ?? (await calculateJwkThumbprint(jwk)) }
}

/** Returns the newest key that a present master secret unseals, or a new one. */
async function generatedKey(context: Context): Promise<string> {
  const { postgres, clock, log } = context
  const stored = await listSealedKeys(postgres.prisma)
  const known = await firstUnsealed(context, stored)
  if (known !== undefined) return known
  if (stored.length > 0) log.warn('Signing key cannot be unsealed, a new one is made')
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const sealed = await new CompactEncrypt(Buffer.from(pem))
    .setProtectedHeader(SEALED)
    .encrypt(context.keys.openIdKey[0])
  const added = await firstUnsealed(context, await addSealedKey(postgres, sealed, stored, clock()))
  if (added === undefined) throw new Error('Another process has a different master secret')
  return added
}

async function firstUnsealed({ keys }: Context, stored: readonly string[]): Promise<string | undefined> {
  for (const sealed of stored) {
    for (const key of keys.openIdKey) {
      try {
        const { plaintext } = await compactDecrypt(sealed, key, {
          keyManagementAlgorithms: [SEALED.alg],
          contentEncryptionAlgorithms: [SEALED.enc],
        })
        return Buffer.from(plaintext).toString()
      } catch {
        // Sealed with another master secret: try the next.
      }
    }
  }
  return undefined
}

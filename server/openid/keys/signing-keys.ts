import { createPrivateKey } from 'node:crypto'
import { publishedKeys, type ScheduledKey } from '../../core/openid/signing-schedule.js'
import type { DependentCache } from '../../storage/cache/dependent-cache.js'
import { SIGNING_KEYS } from '../../storage/cache/topic.js'
import type { Context } from '../../storage/context.js'
import { insertSealedKey, listSealedKeys, lockSealedKeys, type SealedKey } from '../../storage/postgres/openid/keys.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { makeSealedKey, type NamedKey, toJwk, unsealKey } from './sealed-key.js'

/** A key that is generated, with the instants at which it signs and retires. */
export interface SigningKey extends ScheduledKey {
  readonly jwk: NamedKey
}

/**
 * The keys that sign ID tokens, as a process knows them: those of the settings; otherwise generated ones.
 *
 * Those are in the database and not beside the master secret: all processes and replicas must sign with one key, and many
 * sites give the master secret in the environment and have no folder of data. They are sealed with a key of the master secret,
 * so that a copy of the database signs nothing.
 */
export class SigningKeys {
  readonly #context: Context
  readonly #cache: DependentCache<readonly SigningKey[]>
  #given: Promise<readonly NamedKey[]> | undefined
  #latest: readonly SigningKey[] | undefined

  constructor(context: Context) {
    this.#context = context
    this.#cache = context.tokenCache.derivedCache(1)
  }

  /** Returns the keys that are published now, the first signs. */
  async published(): Promise<readonly NamedKey[]> {
    const { key, keyId } = this.#context.settings.oidcServer
    if (key) {
      this.#given ??= Promise.all(key.map((pem, index) => toJwk(createPrivateKey(pem.reveal()), keyId?.[index])))
      return this.#given
    }
    return publishedKeys(await this.#generated(), this.#context.clock()).map(({ jwk }) => jwk)
  }

  /** Those that were read last serve while the database is away. */
  async #generated(): Promise<readonly SigningKey[]> {
    try {
      this.#latest = await this.#cache.get('', [SIGNING_KEYS], () => readOrMake(this.#context))
    } catch (error) {
      if (!this.#latest || !isUnavailable(error)) throw error
    }
    return this.#latest
  }
}

/** Returns the keys that the present master secrets unseal, the newest first; a new one where there is none. */
async function readOrMake(context: Context): Promise<readonly SigningKey[]> {
  const { postgres, log, clock } = context
  const stored = await listSealedKeys(postgres.prisma)
  const now = clock()
  const known = await unsealKeys(context, stored)
  if (publishedKeys(known, now).length > 0) return known
  if (stored.length > 0) log.warn('Signing key cannot be unsealed, a new one is made')
  const { sealed } = await makeSealedKey(context)
  const after = await postgres.transaction(async (db) => {
    // Of several processes that start at once, one makes the key of all.
    const before = await lockSealedKeys(db)
    if (before[0]?.id !== stored[0]?.id) return before
    return [await insertSealedKey(db, { sealed, signsFrom: now }, now), ...before]
  })
  const made = await unsealKeys(context, after)
  if (publishedKeys(made, now).length === 0) throw new Error('Another process has a different master secret')
  return made
}

/** Unseals those keys that the present master secrets unseal. */
export async function unsealKeys(context: Context, stored: readonly SealedKey[]): Promise<SigningKey[]> {
  const keys: SigningKey[] = []
  // The name in the settings is that of the newest key without one of its own.
  let named = context.settings.oidcServer.keyId?.[0]
  for (const { sealed, kid, signsFrom, retires } of stored) {
    const key = await unsealKey(context, sealed)
    if (!key) continue
    const jwk = await toJwk(key, kid ?? named)
    if (kid === undefined) named = undefined
    keys.push({ jwk, signsFrom, ...(retires !== undefined && { retires }) })
  }
  return keys
}

import { Refusal } from '../../core/access/refusal.js'
import { publishedKeys, retirementBefore } from '../../core/openid/signing-schedule.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import { SIGNING_KEYS } from '../../storage/cache/topic.js'
import type { Context } from '../../storage/context.js'
import {
  deleteRetiredKeys,
  insertSealedKey,
  listSealedKeys,
  lockSealedKeys,
  retireSealedKeys,
} from '../../storage/postgres/openid/keys.js'
import { commit } from '../../storage/unit-of-work.js'
import { makeSealedKey } from './sealed-key.js'
import { type SigningKey, unsealKeys } from './signing-keys.js'

/** A rotation of the signing key: its successor, and when it takes over. */
export interface Rotation {
  readonly kid: string
  readonly signsFrom: EpochSeconds
  /** Until when the keys before it are published. */
  readonly retires: EpochSeconds
}

/**
 * Announces a new key that signs ID tokens. It is published at once and signs later, and the keys before it are published until
 * the last ID token of theirs has ended: no client meets a signature whose key it cannot have read.
 *
 * Refuses where the settings have the keys, and with a master secret that is not the server's, whose processes could not use
 * the new key.
 *
 * @param announce for how long it is published before it signs; `compromised`: it signs at once, and the others are gone
 */
export async function rotateKey(
  context: Context,
  announce: EpochSeconds | 'compromised',
  actor: Actor,
): Promise<Rotation | Refusal> {
  const { settings, clock } = context
  const { enabled, key } = settings.oidcServer
  if (!enabled) return new Refusal('not_supported')
  if (key) return new Refusal('signing_keys_given')
  const made = await makeSealedKey(context)
  return commit(context, async (work) => {
    const now = clock()
    const stored = await lockSealedKeys(work.db)
    const [present] = publishedKeys(await unsealKeys(context, stored), now)
    if (stored.length > 0 && !present) return new Refusal('signing_keys_sealed')
    const isCompromised = announce === 'compromised'
    const signsFrom = isCompromised ? now : now + announce
    const retires = isCompromised ? now : retirementBefore(signsFrom, settings.tokenLifetime)
    await retireSealedKeys(work.db, retires)
    await insertSealedKey(work.db, { ...made, signsFrom }, now)
    work.invalidate(SIGNING_KEYS)
    work.record({
      action: 'oidc-key.rotate',
      actor,
      object: { type: 'oidc-key', id: made.kid },
      ...(present && { before: { kid: present.jwk.kid } }),
      after: { kid: made.kid },
      details: { signsFrom, retires, ...(isCompromised && { compromised: true }) },
    })
    return { kid: made.kid, signsFrom, retires }
  })
}

/** Lists the generated keys that are published, the one that signs first. Refuses with a master secret that is not theirs. */
export async function listKeys(context: Context): Promise<readonly SigningKey[] | Refusal> {
  if (context.settings.oidcServer.key) return new Refusal('signing_keys_given')
  const stored = await listSealedKeys(context.postgres.prisma)
  const keys = publishedKeys(await unsealKeys(context, stored), context.clock())
  return stored.length > 0 && keys.length === 0 ? new Refusal('signing_keys_sealed') : keys
}

/** Deletes the keys that are published no more. */
export function pruneKeys({ postgres, clock }: Pick<Context, 'postgres' | 'clock'>): Promise<void> {
  return deleteRetiredKeys(postgres.prisma, clock())
}

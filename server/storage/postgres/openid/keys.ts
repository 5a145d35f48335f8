import type { ScheduledKey } from '../../../core/openid/signing-schedule.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Transaction, toDate } from '../client.js'

/** A private key, as it is stored: sealed. */
export interface SealedKey extends ScheduledKey {
  readonly id: bigint
  readonly sealed: string
  /** Its name in tokens; absent: that of the settings, or its thumbprint. */
  readonly kid?: string
}

/** Lists the sealed private keys, the newest first. */
export async function listSealedKeys(db: Transaction): Promise<SealedKey[]> {
  const rows = await db.oidcKey.findMany({ orderBy: { id: 'desc' } })
  return rows.map(({ id, sealed, kid, signsFrom, retires }) => ({
    id,
    sealed,
    ...(kid !== null && { kid }),
    signsFrom: fromDate(signsFrom),
    ...(retires && { retires: fromDate(retires) }),
  }))
}

/** Lets one process alone change the keys until its transaction ends, and returns them. */
export async function lockSealedKeys(db: Transaction): Promise<SealedKey[]> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('oidc_key', 0))`
  return listSealedKeys(db)
}

export async function insertSealedKey(
  db: Transaction,
  key: Omit<SealedKey, 'id' | 'retires'>,
  created: EpochSeconds,
): Promise<SealedKey> {
  const data = { ...key, created: toDate(created), signsFrom: toDate(key.signsFrom) }
  const { id } = await db.oidcKey.create({ data })
  return { ...key, id }
}

/** Sets until when the keys are published that have no earlier end. */
export async function retireSealedKeys(db: Transaction, retires: EpochSeconds): Promise<void> {
  const at = toDate(retires)
  await db.oidcKey.updateMany({ where: { OR: [{ retires: null }, { retires: { gt: at } }] }, data: { retires: at } })
}

/** Deletes the keys that are published no more. */
export async function deleteRetiredKeys(db: Transaction, now: EpochSeconds): Promise<void> {
  await db.oidcKey.deleteMany({ where: { retires: { lte: toDate(now) } } })
}

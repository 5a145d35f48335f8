import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, type Transaction, toDate } from '../client.js'

/** Lists the sealed private keys, the newest first. */
export async function listSealedKeys(db: Transaction): Promise<string[]> {
  const rows = await db.oidcKey.findMany({ orderBy: { id: 'desc' }, select: { sealed: true } })
  return rows.map(({ sealed }) => sealed)
}

/**
 * Adds a key unless another process has added one since these were listed. Of several processes that start at once, one
 * makes the key of all.
 *
 * @returns the sealed keys afterwards, the newest first
 */
export function addSealedKey(
  { transaction }: Pick<Postgres, 'transaction'>,
  sealed: string,
  known: readonly string[],
  now: EpochSeconds,
): Promise<string[]> {
  return transaction(async (db) => {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('oidc_key', 0))`
    const stored = await listSealedKeys(db)
    if (stored.length !== known.length) return stored
    await db.oidcKey.create({ data: { sealed, created: toDate(now) } })
    return [sealed, ...stored]
  })
}

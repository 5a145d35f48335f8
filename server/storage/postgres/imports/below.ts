import { type Actor, recordChange, type TokenHistoryEntry } from '../../../core/token/history.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { takeLocked } from '../tokens.js'

/**
 * Deletes the imported tokens below those that end, and returns their history. Without a row they could not be listed again
 * as valid, were their parents imported once more.
 *
 * @param changes of one act; those that end no token are ignored
 */
export async function takeBelow(
  work: UnitOfWork,
  changes: readonly TokenHistoryEntry[],
): Promise<readonly TokenHistoryEntry[]> {
  const entries: TokenHistoryEntry[] = []
  for (const action of ['revoke', 'expire'] as const) {
    const ended = changes.filter((change) => change.action === action)
    const [first] = ended
    if (!first) continue
    const below = await takeLocked(
      work,
      await lockBelow(
        work,
        ended.map(({ token }) => token),
      ),
    )
    // Those that expire now anyway are left to the sweep, as those in Redis are.
    const fallen = below.filter(({ expires }) => !hasExpired(expires, first.at))
    entries.push(...fallen.map((token) => recordChange(action, token, actorOf(first), first.at)))
  }
  return entries
}

function lockBelow({ db }: UnitOfWork, roots: TokenKey[]): Promise<{ readonly key: TokenKey }[]> {
  return db.$queryRaw<{ key: TokenKey }[]>`
    WITH RECURSIVE below AS (
      SELECT key FROM token WHERE parent = ANY(${roots})
      UNION SELECT t.key FROM below JOIN token t ON t.parent = below.key)
    SELECT key FROM token WHERE key IN (SELECT key FROM below) AND key <> ALL(${roots}) ORDER BY key FOR UPDATE`
}

function actorOf({ actor, actorToken, address }: TokenHistoryEntry): Actor {
  return {
    username: actor,
    ...(address !== undefined && { address }),
    ...(actorToken !== undefined && { token: actorToken }),
  }
}

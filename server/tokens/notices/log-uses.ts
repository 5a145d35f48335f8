import type { Notice } from '../../core/notices/notice.js'
import { newsOf } from '../../core/notices/place-news.js'
import { homeOf, type TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import type { Statements } from '../../storage/postgres/connection/statements.js'
import { insertNotices } from '../../storage/postgres/notices/notices.js'
import { appendUses, listPlacesBefore, type NewEntry, type UseEntry } from '../../storage/postgres/token-use-log.js'

/**
 * Adds uses to the log, and tells the owners of user tokens that were used from new places, in one transaction. A browser's
 * session has the notice of its sign-in.
 */
export async function logUses(
  { postgres, settings }: Pick<Context, 'postgres' | 'settings'>,
  entries: readonly UseEntry[],
  placesPerDay: number,
): Promise<void> {
  await postgres.transactionOfMany(async (statements) => {
    const fresh = await appendUses(statements, entries, placesPerDay)
    if (settings.notices.tokenUsed) await insertNotices(statements, settings, await noticesOfUse(statements, fresh))
  })
}

async function noticesOfUse(statements: Statements, all: readonly NewEntry[]): Promise<Notice[]> {
  const entries = all.filter(({ token }) => homeOf(token) === 'postgres')
  if (entries.length === 0) return []
  const [fresh, known] = [byToken(entries), byToken(await listPlacesBefore(statements, entries))]
  // A token's first place is no news, and the only one that most tokens have when they are new.
  const keys = [...fresh].filter(([key, places]) => known.has(key) || places.length > 1).map(([key]) => key)
  if (keys.length === 0) return []
  const tokens = await statements.run<{ key: TokenKey; username: string; name: string | null }>(
    `SELECT key, username, name FROM token WHERE key = ANY($1::text[]) AND type = 'user'`,
    [keys],
  )
  return tokens.flatMap(({ key, username, name }) =>
    newsOf(known.get(key) ?? [], fresh.get(key) ?? []).map(({ place: { token, first, address, client }, news }) => ({
      username,
      kind: 'tokenUsed' as const,
      at: first,
      token,
      facts: {
        type: 'user' as const,
        news,
        ...(name !== null && { name }),
        ...(address && { address }),
        ...(client && { client }),
      },
    })),
  )
}

function byToken<Row extends { readonly token: TokenKey }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.token, [...(groups.get(row.token) ?? []), row])
  return groups
}

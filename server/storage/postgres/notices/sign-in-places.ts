import type { BrowserPlace } from '../../../core/notices/place-news.js'
import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, type Transaction, toDate } from '../client.js'

/** Browsers that are kept for each user. */
const MOST_PLACES = 100

/** Saves the browser of a sign-in, and returns the user's browsers until then. Those not used for longest are deleted. */
export async function saveSignInPlace(
  db: Transaction,
  username: string,
  place: BrowserPlace,
  at: EpochSeconds,
): Promise<readonly BrowserPlace[]> {
  const known = await db.signInPlace.findMany({
    where: { username },
    orderBy: [{ last: 'desc' }, { network: 'asc' }, { client: 'asc' }],
  })
  await db.$executeRaw`
    INSERT INTO sign_in_place AS p (username, network, client, last)
    VALUES (${username}, ${place.network}, ${place.client}, ${toDate(at)})
    ON CONFLICT (username, network, client) DO UPDATE SET last = greatest(p.last, excluded.last)`
  for (const { network, client } of known.slice(MOST_PLACES)) {
    await db.signInPlace.deleteMany({ where: { username, network, client } })
  }
  return known
}

/** Deletes the browsers last used before an instant, at most `limit`; returns their number. */
export async function deleteOldSignInPlaces({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT ctid FROM sign_in_place WHERE last < $1 ORDER BY last LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM sign_in_place WHERE ctid IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}

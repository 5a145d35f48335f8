import type { LdapAnswer, LdapPerson } from '../../core/people/merge-sources.js'
import { type EpochSeconds, HOUR } from '../../core/time.js'
import { fromDate, type Postgres, toDate } from './client.js'

/** What the directory last said of somebody, to any process of this site. */
export async function lastAnswer({ pool }: Postgres, username: string): Promise<LdapAnswer | undefined> {
  const text = 'SELECT person, at FROM directory_answer WHERE username = $1'
  const { rows } = await pool.query<{ person: LdapPerson | null; at: Date }>(text, [username])
  const row = rows[0]
  return row && { at: fromDate(row.at), ...(row.person && { person: row.person }) }
}

/** Keeps what the directory said: when it is something else than before, and otherwise once an hour. */
export async function saveAnswer(
  { pool }: Postgres,
  username: string,
  { person, at }: { readonly person?: LdapPerson | undefined; readonly at: EpochSeconds },
): Promise<void> {
  await pool.query(
    `INSERT INTO directory_answer AS known (username, person, at) VALUES ($1, $2::jsonb, $3)
     ON CONFLICT (username) DO UPDATE SET person = EXCLUDED.person, at = EXCLUDED.at
     WHERE EXCLUDED.at >= known.at
       AND (known.person IS DISTINCT FROM EXCLUDED.person OR known.at < $3 - make_interval(secs => $4))`,
    [username, person ? JSON.stringify(person) : null, toDate(at), HOUR],
  )
}

import type { LdapAnswer, LdapPerson } from '../../core/people/merge-sources.js'
import { type EpochSeconds, HOUR } from '../../core/time.js'
import { fromDate, type Postgres, toDate } from './client.js'

/** Finds the last LDAP answer about a user, received by any process of this site. */
export async function lastAnswer({ pool }: Postgres, username: string): Promise<LdapAnswer | undefined> {
  const text = 'SELECT person, at FROM directory_answer WHERE username = $1'
  const { rows } = await pool.query<{ person: LdapPerson | null; at: Date }>(text, [username])
  const row = rows[0]
  return row && { at: fromDate(row.at), ...(row.person && { person: row.person }) }
}

/** Saves an LDAP answer: when it differs from the last, and otherwise once an hour. */
export async function saveAnswer(
  { pool }: Postgres,
  username: string,
  { person, at }: { readonly person?: LdapPerson | undefined; readonly at: EpochSeconds },
): Promise<void> {
  await pool.query(
    `INSERT INTO directory_answer AS stored (username, person, at) VALUES ($1, $2::jsonb, $3)
     ON CONFLICT (username) DO UPDATE SET person = EXCLUDED.person, at = EXCLUDED.at
     WHERE EXCLUDED.at >= stored.at
       AND (stored.person IS DISTINCT FROM EXCLUDED.person OR stored.at < $3 - make_interval(secs => $4))`,
    [username, person ? JSON.stringify(person) : null, toDate(at), HOUR],
  )
}

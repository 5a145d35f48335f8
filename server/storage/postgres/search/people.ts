import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Postgres, toDate } from '../client.js'

/** A user with an account, tokens, or a history of them. */
export interface FoundPerson {
  readonly username: string
  /** `none`: tokens only. */
  readonly account: 'active' | 'disabled' | 'none'
  readonly name?: string
  readonly email?: string
  readonly disabled?: EpochSeconds
  /** User and service tokens that have not expired. */
  readonly tokens: number
}

interface PersonRow {
  readonly username: string
  readonly name: string | null
  readonly email: string | null
  readonly known: boolean
  readonly disabled: Date | null
  readonly tokens: number
}

/*
 * `strpos` and not LIKE: a percent sign in the input is literal. It reads each account and each owner once, without an index:
 * an index of trigrams is an extension that not every site may create. The owners are read by the index of names from one to
 * the next, because a site has many more tokens than owners. Of the history only a whole name is looked for.
 */
const SEARCH = `
  WITH RECURSIVE asked AS (SELECT lower($1) AS text),
  known AS (SELECT username, name, email, disabled FROM account
            UNION ALL SELECT username, name, email, disabled FROM person),
  owners AS (
    SELECT min(username) AS username FROM token
    UNION ALL SELECT (SELECT min(t.username) FROM token t WHERE t.username > owners.username) FROM owners
      WHERE owners.username IS NOT NULL
  ), found AS (
    SELECT username FROM known, asked
    WHERE strpos(username, text) > 0 OR strpos(lower(name), text) > 0 OR strpos(lower(email), text) > 0
    UNION SELECT username FROM owners, asked WHERE strpos(username, text) > 0
    UNION (SELECT username FROM token_change WHERE username = (SELECT text FROM asked) LIMIT 1)
  ), first AS (
    SELECT f.username, k.name, k.email, k.username IS NOT NULL AS known, k.disabled,
      f.username = text AS is_same, starts_with(f.username, text) AS begins
    FROM asked, found f LEFT JOIN known k ON k.username = f.username
    ORDER BY is_same DESC, begins DESC, f.username LIMIT $3
  )
  SELECT username, name, email, known, disabled,
    (SELECT count(*)::int FROM token t WHERE t.username = first.username AND t.type IN ('user', 'service')
      AND (t.expires IS NULL OR t.expires > $2)) AS tokens
  FROM first ORDER BY is_same DESC, begins DESC, username`

/** Lists users by a part of their user name, full name or e-mail address; the one of that very user name comes first. */
export async function searchPeople(
  { pool }: Postgres,
  text: string,
  now: EpochSeconds,
  limit: number,
): Promise<FoundPerson[]> {
  const { rows } = await pool.query<PersonRow>(SEARCH, [text, toDate(now), limit])
  return rows.map(({ username, name, email, known, disabled, tokens }) => ({
    username,
    tokens,
    account: disabled ? 'disabled' : known ? 'active' : 'none',
    ...(name !== null && { name }),
    ...(email !== null && { email }),
    ...(disabled && { disabled: fromDate(disabled) }),
  }))
}

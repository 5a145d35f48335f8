import type { EpochSeconds } from '../../core/time.js'
import { fromDate, type Postgres, toDate } from './client.js'

/** A user with an account, tokens, or both. */
export interface FoundPerson {
  readonly username: string
  /** `none`: tokens only. */
  readonly account: 'active' | 'disabled' | 'none'
  readonly name?: string
  readonly disabled?: EpochSeconds
  /** User and service tokens that have not expired. */
  readonly tokens: number
}

interface PersonRow {
  readonly username: string
  readonly name: string | null
  readonly known: boolean
  readonly disabled: Date | null
  readonly tokens: number
}

/** `starts_with` and not LIKE: a percent sign in the input is literal. */
const SEARCH = `
  WITH known AS (SELECT username, name, disabled FROM account UNION ALL SELECT username, name, disabled FROM person)
  SELECT p.username, k.name, k.username IS NOT NULL AS known, k.disabled,
    (SELECT count(*)::int FROM token t WHERE t.username = p.username AND t.type IN ('user', 'service')
      AND (t.expires IS NULL OR t.expires > $2)) AS tokens
  FROM (SELECT username FROM known WHERE starts_with(username, $1) OR starts_with(lower(name), $1)
        UNION SELECT username FROM token WHERE starts_with(username, $1)) p
  LEFT JOIN known k ON k.username = p.username
  ORDER BY p.username LIMIT $3`

/**
 * Lists users whose user name or full name begins with a text, by user name.
 *
 * @param start in small letters
 */
export async function searchPeople(
  { pool }: Postgres,
  start: string,
  now: EpochSeconds,
  limit: number,
): Promise<FoundPerson[]> {
  const { rows } = await pool.query<PersonRow>(SEARCH, [start, toDate(now), limit])
  return rows.map(({ username, name, known, disabled, tokens }) => ({
    username,
    tokens,
    account: disabled ? 'disabled' : known ? 'active' : 'none',
    ...(name !== null && { name }),
    ...(disabled && { disabled: fromDate(disabled) }),
  }))
}

import type { Finding } from '../../core/stores-audit/checks.js'
import { type HeldIdentity, judgeName } from '../../core/stores-audit/name.js'
import type { Postgres } from '../postgres/client.js'
import type { Looked } from './redis-keys.js'

type Database = Pick<Postgres, 'pool'>

const NAMES_PER_STEP = 1_000

/** Names the users of providers, in parts. Local accounts alone have no identity. */
export async function* personNames({ pool }: Database): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ username: string }>(
      'SELECT username FROM person WHERE username > $1 ORDER BY username LIMIT $2',
      [after, NAMES_PER_STEP],
    )
    if (rows.length > 0) yield rows.map(({ username }) => username)
    if (rows.length < NAMES_PER_STEP) return
    after = rows.at(-1)?.username ?? ''
  }
}

/** The last entry that bound the name, unless it was released since. */
const FACTS = `
SELECT p.username, jsonb_build_object('provider', p.provider, 'issuer', p.issuer, 'subject', p.subject) AS person,
  EXISTS (SELECT 1 FROM account a WHERE a.username = p.username) AS "hasAccount",
  EXISTS (SELECT 1 FROM identity_refusal r
    WHERE (r.username, r.provider, r.issuer, r.subject) = (p.username, p.provider, p.issuer, p.subject)) AS "isRefused",
  (SELECT CASE WHEN c.action <> 'release'
      THEN jsonb_build_object('provider', c.provider, 'issuer', c.issuer, 'subject', c.subject) END
    FROM identity_change c WHERE c.username = p.username AND c.action <> 'confirm' ORDER BY c.id DESC LIMIT 1) AS "lastBound"
FROM person p WHERE p.username = ANY($1)`

interface Row {
  readonly username: string
  readonly hasAccount: boolean
  readonly person: HeldIdentity
  readonly isRefused: boolean
  readonly lastBound: HeldIdentity | null
}

/** Looks at whose these user names are. */
export async function lookAtNames({ pool }: Database, usernames: readonly string[]): Promise<Looked> {
  const { rows } = await pool.query<Row>(FACTS, [usernames])
  return new Map(
    rows.map(({ username, lastBound, ...facts }) => {
      const checks = judgeName({ ...facts, ...(lastBound && { lastBound }) })
      return [username, checks.map((check): Finding => ({ check, subject: username, owner: username }))]
    }),
  )
}

/** Finds user names of accounts, users and owners of tokens that differ in their case alone. */
const SAME_BUT_FOR_CASE = `
SELECT string_agg(username, ' ' ORDER BY username COLLATE "C") AS names FROM (
  SELECT username FROM account UNION SELECT username FROM person UNION SELECT username FROM token) u
GROUP BY lower(username) HAVING count(*) > 1 ORDER BY 1 LIMIT 1000`

export async function namesAlike({ pool }: Database): Promise<Finding[]> {
  const { rows } = await pool.query<{ names: string }>(SAME_BUT_FOR_CASE)
  return rows.map(({ names }) => ({ check: 'name-case', subject: names }))
}

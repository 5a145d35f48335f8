import type { EpochSeconds } from '../../core/time.js'
import type { Person } from '../../core/token/owner-limits.js'
import type { Group } from '../../core/token/record.js'
import type { InvalidationPublisher } from '../cache/invalidation-publisher.js'
import { personTopic } from '../cache/topic.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { type Postgres, type Transaction, toDate } from './client.js'

interface PersonRow {
  readonly username: string
  readonly source: string
  readonly name: string | null
  readonly email: string | null
  readonly emailVerified: boolean
  readonly uid: number | null
  readonly gid: number | null
  readonly groups: readonly Group[] | null
  readonly disabled: boolean
}

/** A local account's address was set by the operator, so it counts as verified. */
const KNOWN = `
  SELECT username, 'local' AS source, name, email, true AS "emailVerified", uid, gid, disabled IS NOT NULL AS disabled,
    coalesce((SELECT jsonb_agg(jsonb_build_object('name', g.name, 'id', g.gid) ORDER BY g.name)
              FROM local_group_member m JOIN local_group g ON g.name = m.group_name
              WHERE m.username = a.username), '[]') AS groups
  FROM account a
  UNION ALL
  SELECT username, provider, name, email, email_verified, uid, gid, disabled IS NOT NULL, groups FROM person`

/** A prepared statement by hand, because checks wait for it. */
const FIND = { name: 'find-person', text: `SELECT * FROM (${KNOWN}) known WHERE username = $1 LIMIT 1` }

/** Finds a user in PostgreSQL: the local account, or the claims of the last sign-in at an identity provider. */
export async function findPersonRow({ pool }: Postgres, username: string): Promise<Person | undefined> {
  const { rows } = await pool.query<PersonRow>({ ...FIND, values: [username] })
  return rows[0] && toPerson(rows[0])
}

/** A user and their source: `local`, or the identity provider. */
export interface StoredPerson extends Person {
  readonly source: string
}

/** Lists all users in PostgreSQL, by user name. */
export async function listPeople({ pool }: Postgres): Promise<StoredPerson[]> {
  const { rows } = await pool.query<PersonRow>(`SELECT * FROM (${KNOWN}) known ORDER BY username COLLATE "C"`)
  return rows.map((row) => ({ ...toPerson(row), source: row.source }))
}

function toPerson(row: PersonRow): Person {
  return {
    username: row.username,
    ...(row.name !== null && { name: row.name }),
    ...(row.email !== null && { email: row.email }),
    ...(row.email !== null && row.emailVerified && { emailVerified: true }),
    ...(row.uid !== null && { uid: row.uid }),
    ...(row.gid !== null && { gid: row.gid }),
    ...(row.groups !== null && { groups: row.groups }),
    ...(row.disabled && { disabled: true }),
  }
}

/** Returns whether a user name is taken, by any source. */
export async function isKnown(db: Transaction, username: string): Promise<boolean> {
  const where = { where: { username } }
  return (await db.account.count(where)) + (await db.person.count(where)) > 0
}

/** Disables a user of an identity provider; false when no user of that name ever signed in. */
export async function disablePerson(
  { db, invalidate }: UnitOfWork,
  username: string,
  { disabled }: { readonly disabled: EpochSeconds },
): Promise<boolean> {
  invalidate(personTopic(username))
  const { count } = await db.person.updateMany({ where: { username }, data: { disabled: toDate(disabled) } })
  return count > 0
}

/** Enables a user of an identity provider; false when no user of that name ever signed in. */
export async function enablePerson({ db, invalidate }: UnitOfWork, username: string): Promise<boolean> {
  invalidate(personTopic(username))
  const { count } = await db.person.updateMany({ where: { username }, data: { disabled: null } })
  return count > 0
}

/**
 * Saves the claims of a user who has just signed in, and invalidates the user, or cached tokens would keep the groups of the
 * last sign-in. A user name belongs to its first source, a local account or a provider.
 *
 * Attack: registering `ada` at one provider to act as the Ada of another.
 *
 * @returns false, without a write, when the name belongs to another source
 */
export async function savePerson(
  { postgres, invalidations }: { readonly postgres: Postgres; readonly invalidations: InvalidationPublisher },
  provider: string,
  person: Omit<Person, 'disabled'>,
  at: EpochSeconds,
): Promise<boolean> {
  const { rowCount } = await postgres.pool.query(
    `INSERT INTO person (username, provider, name, email, email_verified, uid, gid, groups, signed_in)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9 WHERE NOT EXISTS (SELECT 1 FROM account WHERE username = $1)
     ON CONFLICT (username) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email,
       email_verified = EXCLUDED.email_verified, uid = EXCLUDED.uid, gid = EXCLUDED.gid, groups = EXCLUDED.groups,
       signed_in = EXCLUDED.signed_in
     WHERE person.provider = EXCLUDED.provider`,
    [
      person.username,
      provider,
      person.name ?? null,
      person.email ?? null,
      person.emailVerified ?? false,
      person.uid ?? null,
      person.gid ?? null,
      person.groups ? JSON.stringify(person.groups) : null,
      toDate(at),
    ],
  )
  if (rowCount !== 1) return false
  await invalidations.publish([personTopic(person.username)])
  return true
}

/**
 * Returns those of these addresses that belong to an enabled user. In the collation "C" only A to Z are made small, as in
 * `normalEmail`.
 */
export async function findVerifiedAddresses(
  { pool }: Postgres,
  emails: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ email: string }>(
    `SELECT lower(email COLLATE "C") AS email FROM account
     WHERE lower(email COLLATE "C") = ANY($1) AND disabled IS NULL
     UNION
     SELECT lower(email COLLATE "C") FROM person
     WHERE lower(email COLLATE "C") = ANY($1) AND email_verified AND disabled IS NULL`,
    [emails],
  )
  return new Set(rows.map(({ email }) => email))
}

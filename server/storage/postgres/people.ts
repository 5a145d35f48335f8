import type { ProvidedIdentity } from '../../core/people/identity.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Person } from '../../core/token/owner-limits.js'
import type { Group } from '../../core/token/record.js'
import { personTopic } from '../cache/topic.js'
import { Prisma } from '../generated/client.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { type Postgres, type Transaction, toDate } from './client.js'
import type { Found } from './connection/look-ups.js'

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

/** The user of a name, and their UID, joined to each row of another table; each is looked up by the name, however large the tables are. */
export const OWNER_OF = (name: string) => `
  LEFT JOIN LATERAL (SELECT * FROM (${KNOWN}) every WHERE every.username = ${name} LIMIT 1) known ON true
  LEFT JOIN LATERAL (SELECT uid FROM assigned_uid WHERE username = ${name} LIMIT 1) assigned ON true`

/** The columns of {@link OWNER_OF}, for {@link ownerIn}. */
export const OWNER_COLUMNS = `known.username AS "ownerUsername", known.source AS "ownerSource", known.name AS "ownerName",
  known.email AS "ownerEmail", known."emailVerified" AS "ownerEmailVerified", known.uid AS "ownerUid", known.gid AS "ownerGid",
  known.groups AS "ownerGroups", known.disabled AS "ownerDisabled", assigned.uid AS "ownerAssignedUid"`

type OwnerColumns = { readonly [Column in keyof PersonRow as `owner${Capitalize<Column>}`]: PersonRow[Column] }

/** A row with {@link OWNER_COLUMNS}. */
export type OwnerRow = (OwnerColumns | Partial<Record<keyof OwnerColumns, null>>) & {
  readonly ownerAssignedUid: number | null
}

/** A prepared statement by hand, because checks wait for it. One answer has both, so that they do not wait twice. */
const FIND = {
  name: 'find-person',
  text: `SELECT asked.name AS asked, ${OWNER_COLUMNS}
         FROM (SELECT DISTINCT name FROM unnest($1::text[]) AS list(name)) asked ${OWNER_OF('asked.name')}`,
}

/** What PostgreSQL has of a user name. */
export interface PersonRows {
  /** The local account, or the claims of the last sign-in at an identity provider. */
  readonly own?: Person
  /** The UID that was imported for the name. */
  readonly assignedUid?: number
}

export async function findPersonRows(postgres: Postgres, username: string): Promise<PersonRows> {
  const [row] = await postgres.find<OwnerRow & Found>(FIND, username)
  return row ? ownerIn(row) : {}
}

/** Reads what {@link OWNER_COLUMNS} have of a user name. */
export function ownerIn(row: OwnerRow): PersonRows {
  return {
    ...(isPerson(row) && {
      own: toPerson({
        username: row.ownerUsername,
        source: row.ownerSource,
        name: row.ownerName,
        email: row.ownerEmail,
        emailVerified: row.ownerEmailVerified,
        uid: row.ownerUid,
        gid: row.ownerGid,
        groups: row.ownerGroups,
        disabled: row.ownerDisabled,
      }),
    }),
    ...(row.ownerAssignedUid !== null && { assignedUid: row.ownerAssignedUid }),
  }
}

function isPerson(row: OwnerRow): row is OwnerRow & OwnerColumns {
  return typeof row.ownerUsername === 'string'
}

/** Finds a user in PostgreSQL, without the UID that was imported for the name. */
export async function findPersonRow(postgres: Postgres, username: string): Promise<Person | undefined> {
  return (await findPersonRows(postgres, username)).own
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

/** Lists users after a user name, in the order of their names. */
export async function listPeopleAfter({ pool }: Postgres, after: string, limit: number): Promise<StoredPerson[]> {
  const { rows } = await pool.query<PersonRow>(
    `SELECT * FROM (${KNOWN}) known WHERE username COLLATE "C" > $1 ORDER BY username COLLATE "C" LIMIT $2`,
    [after, limit],
  )
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

/** Writes the claims of a user of a provider over those of the last sign-in. The caller has the lock of the name. */
export async function savePerson(
  db: Transaction,
  { provider, issuer, subject }: ProvidedIdentity,
  person: Omit<Person, 'disabled'>,
  at: EpochSeconds,
): Promise<void> {
  const { username, groups } = person
  const claims = {
    provider,
    issuer,
    subject,
    name: person.name ?? null,
    email: person.email ?? null,
    emailVerified: person.emailVerified ?? false,
    uid: person.uid ?? null,
    gid: person.gid ?? null,
    groups: groups ? groups.map(({ name, id }) => ({ name, id })) : Prisma.DbNull,
    signedIn: toDate(at),
  }
  await db.person.upsert({ where: { username }, create: { username, ...claims }, update: claims })
}

/** Binds a user name to an identity. */
export async function rebindPerson(
  db: Transaction,
  username: string,
  { provider, issuer, subject }: ProvidedIdentity,
): Promise<void> {
  await db.person.update({ where: { username }, data: { provider, issuer, subject } })
}

/** Returns the full names of these users, of those that have one here. */
export async function namesOf({ pool }: Postgres, usernames: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ username: string; name: string }>(
    `SELECT username, name FROM (SELECT username, name FROM account UNION ALL SELECT username, name FROM person) known
     WHERE username = ANY($1) AND name IS NOT NULL`,
    [usernames],
  )
  return new Map(rows.map(({ username, name }) => [username, name]))
}

/** Deletes a user of an identity provider. The name is free afterwards. */
export async function deletePerson(db: Transaction, username: string): Promise<void> {
  await db.person.delete({ where: { username } })
}

/** Returns whether a user signs in through an identity provider. */
export async function isFromProvider({ pool }: Postgres, username: string): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT 1 FROM person WHERE username = $1', [username])
  return rowCount === 1
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

/** Finds the users for whom an address is verified; see {@link findVerifiedAddresses}. */
export async function findUsersByAddress(db: Transaction, email: string): Promise<readonly string[]> {
  const rows = await db.$queryRaw<{ username: string }[]>`
    SELECT username FROM account WHERE lower(email COLLATE "C") = ${email} AND disabled IS NULL
    UNION
    SELECT username FROM person WHERE lower(email COLLATE "C") = ${email} AND email_verified AND disabled IS NULL
    ORDER BY username`
  return rows.map(({ username }) => username)
}

/** Finds the users for whom each of these addresses is verified; see {@link findVerifiedAddresses}. */
export async function findUsersByAddresses(
  { pool }: Postgres,
  emails: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await pool.query<{ email: string; users: string[] }>(
    `SELECT email, array_agg(username ORDER BY username) AS users FROM (
       SELECT username, lower(email COLLATE "C") AS email FROM account
       WHERE lower(email COLLATE "C") = ANY($1) AND disabled IS NULL
       UNION
       SELECT username, lower(email COLLATE "C") FROM person
       WHERE lower(email COLLATE "C") = ANY($1) AND email_verified AND disabled IS NULL
     ) known GROUP BY email`,
    [emails],
  )
  return new Map(rows.map(({ email, users }) => [email, users]))
}

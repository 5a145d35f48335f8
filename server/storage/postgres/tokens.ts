import type { EpochSeconds } from '../../core/time.js'
import type { TokenRecord, Use } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Prisma } from '../generated/client.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { type Postgres, type Transaction, toDate } from './client.js'
import type { Found } from './connection/look-ups.js'
import { noteEdit } from './imports/marks.js'
import { fromPrisma, TOKEN_COLUMNS, type TokenRow, toRecord } from './token-row.js'

/** Returns those of these keys that exist. */
export async function existingInPostgres(
  { pool }: Postgres,
  keys: readonly TokenKey[],
): Promise<ReadonlySet<TokenKey>> {
  const { rows } = await pool.query<{ key: TokenKey }>('SELECT key FROM token WHERE key = ANY($1)', [keys])
  return new Set(rows.map(({ key }) => key))
}

/** Lists the keys of all users after a key, in their order. */
export async function keysAfter({ pool }: Postgres, after: string, limit: number): Promise<readonly TokenKey[]> {
  const text = 'SELECT key FROM token WHERE key > $1 ORDER BY key LIMIT $2'
  const { rows } = await pool.query<{ key: TokenKey }>(text, [after, limit])
  return rows.map(({ key }) => key)
}

/** Lists the user tokens of these keys that exist, in no order. */
export async function listTokensByKey(db: Transaction, keys: readonly TokenKey[]): Promise<readonly TokenRecord[]> {
  const rows = await db.token.findMany({ where: { key: { in: [...keys] }, type: 'user' } })
  return rows.map(fromPrisma)
}

/** Finds a user's own token of any type by its key; undefined for another user's. */
export async function getUserToken(db: Transaction, username: string, key: TokenKey): Promise<TokenRecord | undefined> {
  const row = await db.token.findFirst({ where: { key, username } })
  return row ? fromPrisma(row) : undefined
}

/** A prepared statement by hand, because services ask it for each of their requests. */
const FIND_OF_USER = {
  name: 'find-token-of-user',
  text: `SELECT t.key AS asked, ${TOKEN_COLUMNS} FROM token t WHERE t.key = ANY($1::text[])`,
}

/** As {@link getUserToken}, outside a transaction. */
export async function findUserToken(
  postgres: Postgres,
  username: string,
  key: TokenKey,
): Promise<TokenRecord | undefined> {
  const [row] = await postgres.find<TokenRow & Found>(FIND_OF_USER, key)
  return row?.username === username ? toRecord(row) : undefined
}

/** As {@link getUserToken}, and locks the token until the transaction ends. */
export async function lockUserToken(
  db: Transaction,
  username: string,
  key: TokenKey,
): Promise<TokenRecord | undefined> {
  await db.$queryRaw`SELECT 1 FROM token WHERE key = ${key} AND username = ${username} FOR UPDATE`
  return getUserToken(db, username, key)
}

export async function updateUserToken({ db, invalidate }: UnitOfWork, token: TokenRecord): Promise<void> {
  invalidate(token.key)
  await noteEdit(db, token.key)
  await db.token.update({
    where: { key: token.key },
    data: {
      name: token.name ?? null,
      scopes: [...token.scopes],
      expires: token.expires === undefined ? null : toDate(token.expires),
      ...restrictionOf(token),
    },
  })
}

/** A restriction is never lifted: a token without one leaves the column as it is. */
function restrictionOf({ restriction }: TokenRecord): { restriction?: Prisma.InputJsonObject } {
  return restriction ? { restriction: { ...restriction } as Prisma.InputJsonObject } : {}
}

/** A page of a list; the whole list by default. */
interface Part {
  readonly from?: number
  readonly most?: number
}

/** Lists a user's user tokens, newest first. */
export async function listUserTokens({ pool, prepared }: Postgres, username: string): Promise<TokenRecord[]> {
  const { rows } = await pool.query<TokenRow>({ ...prepared(LIST_OF_USER), values: [username] })
  return rows.map(toRecord)
}

const LIST_OF_USER = {
  name: 'list-user-tokens',
  text: `SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.username = $1 AND t.type = 'user' ORDER BY t.created DESC, t.key`,
}

/** Lists a user's user and service tokens that have not expired, newest first; no imported token of another type. */
export function listLivingTokens(
  postgres: Postgres,
  username: string,
  now: EpochSeconds,
  part: Part = {},
): Promise<TokenRecord[]> {
  const which = `t.username = $1 AND t.type IN ('user', 'service') AND (t.expires IS NULL OR t.expires > $2) ${newestFirst(part)}`
  return list(postgres, which, username, toDate(now))
}

/** Lists a user's imported sessions and delegated tokens that have not expired, in no order. */
export function listUnlasting(postgres: Postgres, username: string, now: EpochSeconds): Promise<TokenRecord[]> {
  return list(
    postgres,
    "t.username = $1 AND t.type NOT IN ('user', 'service') AND t.expires > $2",
    username,
    toDate(now),
  )
}

function newestFirst({ from = 0, most }: Part): string {
  const limit = most === undefined ? '' : `LIMIT ${Math.trunc(most)}`
  return `ORDER BY t.created DESC, t.key OFFSET ${Math.trunc(from)} ${limit}`
}

/** Lists the service tokens of all users that have not expired, newest first. */
export async function listServiceTokens(db: Transaction, now: EpochSeconds, limit: number): Promise<TokenRecord[]> {
  const rows = await db.token.findMany({
    where: { type: 'service', OR: [{ expires: null }, { expires: { gt: toDate(now) } }] },
    orderBy: [{ created: 'desc' }, { key: 'asc' }],
    take: limit,
  })
  return rows.map(fromPrisma)
}

/** Lists a user's user and service tokens, expired ones too, in no order. */
export function listLastingTokens(postgres: Postgres, username: string): Promise<TokenRecord[]> {
  return list(postgres, "t.username = $1 AND t.type IN ('user', 'service')", username)
}

/** A query by hand: through Prisma a list of thousands takes several times as long. */
async function list({ pool }: Postgres, which: string, ...values: readonly unknown[]): Promise<TokenRecord[]> {
  const { rows } = await pool.query<TokenRow>(`SELECT ${TOKEN_COLUMNS} FROM token t WHERE ${which}`, [...values])
  return rows.map(toRecord)
}

/** Returns those of a user's user tokens that have one of these keys, newest first. */
export async function findUserTokens(
  db: Transaction,
  username: string,
  keys: readonly TokenKey[],
): Promise<TokenRecord[]> {
  const rows = await db.token.findMany({
    where: { username, type: 'user', key: { in: [...keys] } },
    orderBy: [{ created: 'desc' }, { key: 'asc' }],
  })
  return rows.map(fromPrisma)
}

/** As {@link findUserTokens}, and locks them until the transaction ends. */
export async function lockUserTokens(
  db: Transaction,
  username: string,
  keys: readonly TokenKey[],
): Promise<TokenRecord[]> {
  // In one order, or two requests that revoke the same tokens could deadlock.
  await db.$queryRaw`
    SELECT 1 FROM token WHERE username = ${username} AND type = 'user' AND key = ANY(${[...keys]}) ORDER BY key FOR UPDATE`
  return findUserTokens(db, username, keys)
}

export async function insertUserToken(db: Transaction, token: TokenRecord, secretHash: Buffer): Promise<void> {
  await db.token.create({
    data: {
      key: token.key,
      secretHash: new Uint8Array(secretHash),
      type: token.type,
      username: token.username,
      name: token.name ?? null,
      scopes: [...token.scopes],
      created: toDate(token.created),
      expires: token.expires === undefined ? null : toDate(token.expires),
      ...(token.pinned && { pinned: token.pinned as Prisma.InputJsonObject }),
      ...restrictionOf(token),
      granted: token.granted ?? false,
      makers: [...(token.makers ?? [])],
    },
  })
}

/** Finds the address that an administrator gave with a user's newest token, for users of whom the site knows none. */
export async function findPinnedEmail({ pool }: Postgres, username: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ email: string }>(
    `SELECT pinned->>'email' AS email FROM token WHERE username = $1 AND pinned->>'email' IS NOT NULL
     ORDER BY created DESC LIMIT 1`,
    [username],
  )
  return rows[0]?.email
}

/** Deletes a token; false when another process was first, so that one revocation is recorded once. */
export async function deleteUserToken({ db, invalidate }: UnitOfWork, key: TokenKey): Promise<boolean> {
  invalidate(key)
  const { count } = await db.token.deleteMany({ where: { key } })
  return count > 0
}

/** Deletes expired tokens, at most `limit`, and returns them. Skips those that a concurrent sweep has locked. */
export async function takeExpiredTokens(writing: UnitOfWork, now: EpochSeconds, limit: number): Promise<TokenRecord[]> {
  const keys = await writing.db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token WHERE expires <= ${toDate(now)} ORDER BY expires LIMIT ${limit} FOR UPDATE SKIP LOCKED`
  return takeLocked(writing, keys)
}

/** Deletes a user's tokens that have not expired, at most `limit`, and returns them. Those with a parent fall with it. */
export async function takeOwnedTokens(
  writing: UnitOfWork,
  username: string,
  now: EpochSeconds,
  limit: number,
): Promise<TokenRecord[]> {
  const keys = await writing.db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token
    WHERE username = ${username} AND parent IS NULL AND (expires IS NULL OR expires > ${toDate(now)})
    ORDER BY key LIMIT ${limit} FOR UPDATE`
  return takeLocked(writing, keys)
}

/** Deletes tokens that the transaction has locked, and returns them. */
export async function takeLocked(
  { db, invalidate }: UnitOfWork,
  locked: readonly { readonly key: TokenKey }[],
): Promise<TokenRecord[]> {
  for (const { key } of locked) invalidate(key)
  const where = { key: { in: locked.map(({ key }) => key) } }
  const rows = await db.token.findMany({ where })
  await db.token.deleteMany({ where })
  return rows.map(fromPrisma)
}

/** Finds the user's token of this name that has expired and not been swept yet. */
export async function findExpiredNamesake(
  db: Transaction,
  username: string,
  name: string,
  now: EpochSeconds,
): Promise<TokenRecord | undefined> {
  const row = await db.token.findFirst({ where: { username, name, expires: { lte: toDate(now) } } })
  return row ? fromPrisma(row) : undefined
}

/** Returns whether a user has a token of this name that has not expired. */
export async function hasTokenNamed(
  db: Transaction,
  username: string,
  name: string,
  now: EpochSeconds,
): Promise<boolean> {
  const where = { username, name, OR: [{ expires: null }, { expires: { gt: toDate(now) } }] }
  return (await db.token.count({ where })) > 0
}

/** Records many last uses in one statement. An older use never overwrites a newer one from another process. */
export async function recordUses(postgres: Postgres, uses: ReadonlyMap<TokenKey, Use>): Promise<void> {
  // In one order, or two processes that write the same tokens could deadlock.
  const entries = [...uses].sort(([a], [b]) => (a < b ? -1 : 1))
  // Instants are numbers: of thousands the driver takes longer to write dates than PostgreSQL takes to keep them.
  await postgres.pool.query(
    `UPDATE token t SET last_used = to_timestamp(u.at), last_used_address = u.address, last_used_client = u.client
     FROM unnest($1::text[], $2::float8[], $3::inet[], $4::text[]) AS u(key, at, address, client)
     WHERE t.key = u.key AND (t.last_used IS NULL OR t.last_used <= to_timestamp(u.at))`,
    [
      entries.map(([key]) => key),
      entries.map(([, use]) => use.at),
      entries.map(([, use]) => use.address ?? null),
      entries.map(([, use]) => use.client ?? null),
    ],
  )
}

/** Records the last uses of tokens delegated from these. */
export async function recordUsesBelow(
  postgres: Postgres,
  uses: readonly (readonly [TokenKey, EpochSeconds])[],
): Promise<void> {
  const entries = [...uses].sort(([a], [b]) => (a < b ? -1 : 1))
  await postgres.pool.query(
    `UPDATE token t SET used_below = u.at FROM unnest($1::text[], $2::timestamptz[]) AS u(key, at)
     WHERE t.key = u.key AND (t.used_below IS NULL OR t.used_below < u.at)`,
    [entries.map(([key]) => key), entries.map(([, at]) => toDate(at))],
  )
}

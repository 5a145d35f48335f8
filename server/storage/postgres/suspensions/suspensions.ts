import type { Suspension } from '../../../core/incident/suspension.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { ActId } from '../../../core/token/act.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { TokenSuspensionModel } from '../../generated/models.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'
import type { Found } from '../connection/look-ups.js'
import { fromPrisma } from '../token-row.js'

/** Which suspensions: those of one act, or that of one token of a user. */
export type WhichSuspensions = { readonly act: ActId } | { readonly username: string; readonly key: TokenKey }

/**
 * Inserts suspensions. A token that is suspended already keeps the suspension that it has.
 *
 * @returns those that were inserted
 */
export async function insertSuspensions(
  { db, invalidate }: UnitOfWork,
  suspensions: readonly Suspension[],
): Promise<readonly Suspension[]> {
  const inserted = await db.tokenSuspension.createManyAndReturn({
    data: suspensions.map(({ since, until, expires, ...rest }) => ({
      ...rest,
      since: toDate(since),
      until: toDate(until),
      expires: expires === undefined ? null : toDate(expires),
    })),
    skipDuplicates: true,
  })
  for (const { key } of inserted) invalidate(key as TokenKey)
  return inserted.map(toSuspension)
}

/** Returns whether one of these tokens is suspended. */
export async function isSuspended(db: Transaction, ...keys: readonly TokenKey[]): Promise<boolean> {
  return (await db.tokenSuspension.count({ where: { key: { in: [...keys] } } })) > 0
}

/** Returns the suspensions of those of these tokens that are suspended. */
export async function suspensionsOf(
  db: Transaction,
  keys: readonly TokenKey[],
): Promise<ReadonlyMap<TokenKey, Suspension>> {
  if (keys.length === 0) return new Map()
  const rows = await db.tokenSuspension.findMany({ where: { key: { in: [...keys] } } })
  return new Map(rows.map((row) => [row.key as TokenKey, toSuspension(row)]))
}

/** Returns the suspensions of a user's tokens. */
export async function suspensionsOfUser(
  postgres: Postgres,
  username: string,
): Promise<ReadonlyMap<TokenKey, Suspension>> {
  const rows = await postgres.find<TokenSuspensionModel & Found>(FIND_OF_USER, username)
  return new Map(rows.map(({ asked: _, ...row }) => [row.key as TokenKey, toSuspension(row)]))
}

/** A prepared statement by hand, because each list of tokens waits for it. */
const FIND_OF_USER = {
  name: 'find-suspensions-of-user',
  text: `SELECT username AS asked, key, username, token_type AS "tokenType", token_name AS "tokenName", expires, since, until, reason, actor, act
    FROM token_suspension WHERE username = ANY($1::text[])`,
}

/** Counts the suspensions of an act, or of a token, also those that have run out and wait for their revocation. */
export function countSuspensions(db: Transaction, which: WhichSuspensions): Promise<number> {
  return db.tokenSuspension.count({ where: which })
}

/** Deletes suspensions that have not run out, at most `limit`, and returns them. */
export async function takeSuspensions(
  { db, invalidate }: UnitOfWork,
  { which, now, limit }: { readonly which: WhichSuspensions; readonly now: EpochSeconds; readonly limit: number },
): Promise<readonly Suspension[]> {
  const found = await db.tokenSuspension.findMany({
    where: { ...which, until: { gt: toDate(now) } },
    orderBy: { key: 'asc' },
    take: limit,
    select: { key: true },
  })
  const locked = await lockSuspensions(
    db,
    found.map(({ key }) => key as TokenKey),
  )
  for (const { key } of locked) invalidate(key)
  await deleteSuspensions(
    db,
    locked.map(({ key }) => key),
  )
  return locked
}

/** Locks the suspensions of those of these tokens that are suspended still, until the transaction ends. */
export async function lockSuspensions(db: Transaction, keys: readonly TokenKey[]): Promise<readonly Suspension[]> {
  const where = { key: { in: [...keys] } }
  await db.$queryRaw`SELECT 1 FROM token_suspension WHERE key = ANY(${[...keys]}) ORDER BY key FOR UPDATE`
  return (await db.tokenSuspension.findMany({ where, orderBy: { key: 'asc' } })).map(toSuspension)
}

/** Deletes the suspensions of tokens that have ended. */
export async function deleteSuspensions(db: Transaction, keys: readonly TokenKey[]): Promise<void> {
  if (keys.length > 0) await db.tokenSuspension.deleteMany({ where: { key: { in: [...keys] } } })
}

/** Lists suspensions that have run out, after a key. */
export async function suspensionsThatRanOut(
  db: Transaction,
  now: EpochSeconds,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly Suspension[]> {
  const where = { until: { lte: toDate(now) }, key: { gt: after } }
  return (await db.tokenSuspension.findMany({ where, orderBy: { key: 'asc' }, take: limit })).map(toSuspension)
}

/** Lists the tokens of PostgreSQL that have one of these keys and its user, and all that were made with one of the keys. */
export async function tokensWithHeirs(
  db: Transaction,
  targets: readonly { readonly username: string; readonly key: TokenKey }[],
): Promise<readonly TokenRecord[]> {
  const userOf = new Map(targets.map(({ key, username }) => [key, username]))
  const keys = [...userOf.keys()]
  const rows = await db.token.findMany({ where: { OR: [{ key: { in: keys } }, { makers: { hasSome: keys } }] } })
  return rows.map(fromPrisma).filter(({ key, username }) => (userOf.get(key) ?? username) === username)
}

/** Locks those of these tokens that PostgreSQL has, and returns their keys. */
export async function lockTokens(db: Transaction, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
  const rows = await db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token WHERE key = ANY(${[...keys]}) ORDER BY key FOR UPDATE`
  return new Set(rows.map(({ key }) => key))
}

function toSuspension({ tokenName, expires, since, until, reason, act, ...row }: TokenSuspensionModel): Suspension {
  return {
    ...row,
    key: row.key as TokenKey,
    since: fromDate(since),
    until: fromDate(until),
    ...(tokenName !== null && { tokenName }),
    ...(expires && { expires: fromDate(expires) }),
    ...(reason !== null && { reason }),
    ...(act !== null && { act: act as ActId }),
  }
}

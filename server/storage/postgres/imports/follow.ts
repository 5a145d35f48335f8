import { actOfChange } from '../../../core/audit/token-acts.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fingerprintOf } from '../../../core/token/fingerprint.js'
import { type Actor, recordChange, recordEdit, type TokenHistoryEntry } from '../../../core/token/history.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Prisma } from '../../generated/client.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { type Postgres, type Transaction, toDate } from '../client.js'
import { appendHistory } from '../token-history.js'
import { fromPrisma } from '../token-row.js'
import { takeLocked } from '../tokens.js'
import { markEnd } from './import-tokens.js'
import type { ImportedToken } from './imported-token.js'

export interface Following {
  readonly actor: Actor
  readonly now: EpochSeconds
  /** Whether the history of the source is imported, too: it has the entries of these changes. */
  readonly withHistory: boolean
}

/** Finds those of some imported tokens that say more or something else at their source than when they were imported. */
export async function changedThere(
  db: Transaction,
  tokens: readonly ImportedToken[],
): Promise<readonly ImportedToken[]> {
  const keys = tokens.map(({ record }) => record.key)
  const marks = await db.$queryRaw<{ key: string; fingerprint: Uint8Array }[]>`
    SELECT key, fingerprint FROM token_import WHERE key = ANY(${keys})`
  const known = new Map(marks.map(({ key, fingerprint }) => [key, Buffer.from(fingerprint)]))
  return tokens.filter(
    ({ record, secretHash }) => known.get(record.key)?.equals(fingerprintOf(record, secretHash)) === false,
  )
}

/**
 * Has imported tokens follow the changes at their source: name, scopes, end, parent, and what they say of their owner. One
 * that was edited or revoked here stays as it is. Returns the keys of those that changed here.
 */
export async function followChanges(
  work: UnitOfWork,
  tokens: readonly ImportedToken[],
  how: Following,
): Promise<readonly TokenKey[]> {
  const { db } = work
  const keys = tokens.map(({ record }) => record.key)
  // The tokens before their marks, in the order of an edit.
  await db.$queryRaw`SELECT 1 FROM token WHERE key = ANY(${keys}) ORDER BY key FOR UPDATE`
  await db.$queryRaw`SELECT 1 FROM token_import WHERE key = ANY(${keys}) ORDER BY key FOR UPDATE`
  const changed = await changedThere(db, tokens)
  const edited = await db.tokenImport.findMany({ where: { key: { in: keys }, edited: true }, select: { key: true } })
  const rows = await db.token.findMany({ where: { key: { in: changed.map(({ record }) => record.key) } } })
  const edits = new Set(edited.map(({ key }) => key))
  const here = new Map(rows.map((row) => [row.key, fromPrisma(row)]))
  const entries: TokenHistoryEntry[] = []
  for (const { record, secretHash } of changed) {
    const before = here.get(record.key)
    if (before && !edits.has(record.key)) entries.push(await follow(work, before, record, how))
    const fingerprint = new Uint8Array(fingerprintOf(record, secretHash))
    const until = markEnd(record)
    const data = { fingerprint, until: until === null ? null : toDate(until) }
    await db.tokenImport.update({ where: { key: record.key }, data })
  }
  // Its parent alone is no change that the history knows.
  await note(
    work,
    entries.filter(({ old }) => Object.keys(old ?? {}).length > 0),
    how,
  )
  return entries.map(({ token }) => token)
}

async function follow(
  { db, invalidate }: UnitOfWork,
  before: TokenRecord,
  there: TokenRecord,
  { actor, now }: Following,
): Promise<TokenHistoryEntry> {
  const { key, username, scopes, expires, pinned } = there
  const name = (await isFree(db, username, there)) ? there.name : before.name
  const parent = there.parent ?? before.parent
  const { name: _name, expires: _expires, parent: _parent, pinned: _pinned, ...same } = before
  const after: TokenRecord = {
    ...same,
    scopes,
    ...(name !== undefined && { name }),
    ...(expires !== undefined && { expires }),
    ...(parent !== undefined && { parent }),
    ...(pinned && { pinned }),
  }
  invalidate(key)
  await db.token.update({
    where: { key },
    data: {
      name: name ?? null,
      scopes: [...scopes],
      expires: expires === undefined ? null : toDate(expires),
      parent: parent ?? null,
      ...(pinned && { pinned: pinned as Prisma.InputJsonObject }),
    },
  })
  return recordEdit(before, after, actor, now)
}

/** Whether a token may have the name that it has at its source: its owner may have made another of that name here. */
async function isFree(db: Transaction, username: string, { key, name }: TokenRecord): Promise<boolean> {
  return name !== undefined && (await db.token.count({ where: { username, name, key: { not: key } } })) === 0
}

/** An imported token that has not ended here. */
export interface LivingImport {
  readonly key: TokenKey
  readonly parent: TokenKey | null
}

/** Lists the living tokens of a source after a key, in the order of their keys. */
export async function livingImports(
  { pool }: Postgres,
  source: string,
  { after, now, limit }: { readonly after: string; readonly now: EpochSeconds; readonly limit: number },
): Promise<readonly LivingImport[]> {
  const { rows } = await pool.query<LivingImport>(
    `SELECT t.key, t.parent FROM token t JOIN token_import i ON i.key = t.key
     WHERE i.source = $1 AND t.key > $2 AND (t.expires IS NULL OR t.expires > $3) ORDER BY t.key LIMIT $4`,
    [source, after, toDate(now), limit],
  )
  return rows
}

/** Ends imported tokens that were revoked at their source, also those that were edited here. Returns how many there were. */
export async function followRevocations(
  work: UnitOfWork,
  keys: readonly TokenKey[],
  { actor, now }: Following,
): Promise<number> {
  const { db } = work
  const locked = await db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token WHERE key = ANY(${[...keys]}) ORDER BY key FOR UPDATE`
  const taken = (await takeLocked(work, locked)).filter(({ expires }) => !hasExpired(expires, now))
  // The history of the source may have come before.
  const revoked = await db.tokenChange.findMany({
    where: { token: { in: taken.map(({ key }) => key) }, action: 'revoke' },
    select: { token: true },
  })
  const told = new Set(revoked.map(({ token }) => token))
  const entries = taken.map((token) => recordChange('revoke', token, actor, now))
  for (const entry of entries) if (told.has(entry.token)) work.record(actOfChange(entry, actor))
  await appendHistory(
    work,
    entries.filter(({ token }) => !told.has(token)),
    actor,
  )
  return taken.length
}

async function note(
  work: UnitOfWork,
  entries: readonly TokenHistoryEntry[],
  { actor, withHistory }: Following,
): Promise<void> {
  if (!withHistory) return appendHistory(work, entries, actor)
  for (const entry of entries) work.record(actOfChange(entry, actor))
}

import type { EpochSeconds } from '../../../core/time.js'
import { DAY } from '../../../core/time.js'
import { fingerprintOf } from '../../../core/token/fingerprint.js'
import { type Actor, recordChange } from '../../../core/token/history.js'
import { isLasting, type TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import type { Postgres, Transaction } from '../client.js'
import type { ImportedToken } from './imported-token.js'
import { insertNamed } from './insert-rows.js'

export interface Import {
  /** Names the kind of source: `gafaelfawr`, `hashes`. */
  readonly source: string
  readonly actor: Actor
  readonly now: EpochSeconds
}

/**
 * - `imported`: it is valid from the commit on
 * - `known`: it was imported before, and may have been revoked or edited since
 * - `orphan`: its parent has no row here, so it would not be valid
 */
export type ImportOutcome = 'imported' | 'known' | 'orphan'

/**
 * Imports tokens with their history, each once: one that was imported before is left as it is, or gone. Parents come before
 * their children, or in an earlier transaction. A name that its owner has already gets a number.
 *
 * @param tokens at most some hundreds, each key once
 */
export async function importTokens(
  work: UnitOfWork,
  tokens: readonly ImportedToken[],
  how: Import,
): Promise<ReadonlyMap<TokenKey, ImportOutcome>> {
  const outcomes = judge(tokens, await lockKnown(work.db, tokens))
  const wanted = tokens.filter(({ record }) => outcomes.get(record.key) === 'imported')
  const marked = await insertMarks(work.db, wanted, how)
  for (const { record } of wanted) if (!marked.has(record.key)) outcomes.set(record.key, 'known')
  const fresh = wanted.filter(({ record }) => marked.has(record.key))
  if (fresh.length === 0) return outcomes
  await insertNamed(work.db, fresh, how.now)
  await insertHistory(work.db, fresh, how.actor)
  // Each process may have cached that the key is unknown.
  for (const { record } of fresh) work.invalidate(record.key)
  recordImport(work, fresh, how)
  return outcomes
}

/** Which of some tokens and of their parents are here, or have been. */
interface Known {
  readonly marked: ReadonlySet<string>
  readonly living: ReadonlySet<string>
}

/**
 * Says what {@link importTokens} would answer, and changes nothing.
 *
 * @param before what it answered for tokens of earlier calls
 */
export async function previewImport(
  { prisma }: Postgres,
  tokens: readonly ImportedToken[],
  before: ReadonlyMap<TokenKey, ImportOutcome>,
): Promise<ReadonlyMap<TokenKey, ImportOutcome>> {
  const rows = await prisma.token.findMany({ where: { key: { in: keysOf(tokens) } }, select: { key: true } })
  const imported = [...before].flatMap(([key, outcome]) => (outcome === 'imported' ? [key] : []))
  const living = new Set([...rows.map(({ key }) => key), ...imported])
  return judge(tokens, { marked: await markedAmong(prisma, tokens), living })
}

async function lockKnown(db: Transaction, tokens: readonly ImportedToken[]): Promise<Known> {
  // Locked, so that none is revoked before its children are written.
  const rows = await db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token WHERE key = ANY(${keysOf(tokens)}) ORDER BY key FOR KEY SHARE`
  return { marked: await markedAmong(db, tokens), living: new Set(rows.map(({ key }) => key)) }
}

/** The keys of tokens and of their parents. */
function keysOf(tokens: readonly ImportedToken[]): string[] {
  return [...new Set(tokens.flatMap(({ record: { key, parent } }) => (parent === undefined ? [key] : [key, parent])))]
}

async function markedAmong(db: Transaction, tokens: readonly ImportedToken[]): Promise<ReadonlySet<string>> {
  // By hand: Prisma keeps the plan of each query with so many keys.
  const keys = tokens.map(({ record }) => record.key)
  const marks = await db.$queryRaw<{ key: string }[]>`SELECT key FROM token_import WHERE key = ANY(${keys})`
  return new Set(marks.map(({ key }) => key))
}

function judge(tokens: readonly ImportedToken[], { marked, living }: Known): Map<TokenKey, ImportOutcome> {
  const outcomes = new Map<TokenKey, ImportOutcome>()
  for (const { record } of tokens) {
    const { key, parent } = record
    const isOrphan = parent !== undefined && !living.has(parent) && outcomes.get(parent) !== 'imported'
    outcomes.set(key, marked.has(key) || living.has(key) ? 'known' : isOrphan ? 'orphan' : 'imported')
  }
  return outcomes
}

/** In one order, or two imports at once could deadlock. Returns the keys that no other import was first with. */
async function insertMarks(
  db: Transaction,
  tokens: readonly ImportedToken[],
  { source, now }: Import,
): Promise<ReadonlySet<TokenKey>> {
  const rows = tokens.map(({ record, secretHash }) => ({
    key: record.key,
    fingerprint: fingerprintOf(record, secretHash).toString('base64'),
    until: markEnd(record),
  }))
  const inserted = await db.$queryRaw<{ key: TokenKey }[]>`
    INSERT INTO token_import (key, source, fingerprint, at, until)
    SELECT key, ${source}, decode(fingerprint, 'base64'), to_timestamp(${now}), to_timestamp(until)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (key text, fingerprint text, until float8)
    ORDER BY key ON CONFLICT (key) DO NOTHING RETURNING key`
  return new Set(inserted.map(({ key }) => key))
}

/**
 * Says from when a source cannot offer a token any more, with a day for clocks that differ. The end of a user or service token
 * may be moved there, so its mark stays.
 */
export function markEnd(record: TokenRecord): EpochSeconds | null {
  return isLasting(record) || record.expires === undefined ? null : record.expires + DAY
}

/** The history that was imported with them may have their creation already. It is no news to their owners. */
async function insertHistory(db: Transaction, tokens: readonly ImportedToken[], actor: Actor): Promise<void> {
  const rows = tokens.map(({ record }) => recordChange('create', record, actor, record.created))
  await db.$executeRaw`
    INSERT INTO token_change (token, username, token_type, token_name, parent, scopes, service, expires, actor, action, at)
    SELECT token, username, "tokenType"::token_type, "tokenName", parent,
      ARRAY(SELECT jsonb_array_elements_text(scopes)), service, to_timestamp(expires), actor, 'create', to_timestamp(at)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (token text, username text, "tokenType" text,
      "tokenName" text, parent text, scopes jsonb, service text, expires float8, actor text, at float8)
    WHERE NOT EXISTS (SELECT 1 FROM token_change c WHERE c.token = t.token AND c.action = 'create')
    ORDER BY at, token`
}

function recordImport({ record }: UnitOfWork, tokens: readonly ImportedToken[], { source, actor }: Import): void {
  const [first, ...others] = tokens
  if (!first) return
  const { key, type, username, scopes, expires } = first.record
  if (others.length > 0) {
    const object = { type: 'site', id: 'site' } as const
    record({ action: 'token.import', actor, object, after: { source, tokens: tokens.length } })
    return
  }
  const object = { type: 'token', id: key, owner: username } as const
  const after = { source, type, scopes, ...(expires !== undefined && { expires }) }
  record({ action: 'token.import', actor, object, after })
}

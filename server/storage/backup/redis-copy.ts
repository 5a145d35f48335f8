import { isBackedUp } from '../../core/backup/left-out.js'
import { type RedisEntry, tokenOf } from '../../core/backup/redis-entry.js'
import { type EpochSeconds, MINUTE } from '../../core/time.js'
import type { RedisClient } from '../redis/client.js'
import { scanKeys } from '../redis/scan-keys.js'

const TOKENS = 'postern:token:{*}'
const EVERYTHING = 'postern:*'
const KINDS = ['string', 'zset'] as const

interface RedisCopy {
  readonly redis: RedisClient
  readonly now: EpochSeconds
  /** Takes the snapshot of PostgreSQL. */
  readonly takeSnapshot: () => Promise<void>
  /** Which of these tokens were created by then, as the snapshot has it. */
  readonly wereCreated: (keys: readonly string[]) => Promise<ReadonlySet<string>>
}

/**
 * Copies what Postern has in Redis, as it was when PostgreSQL's snapshot was taken. Redis has no snapshots that a client can
 * read, so tokens are read twice, once before and once after it:
 *
 * - A token that is revoked in between is in the first copy. Its revocation is in the snapshot if it came before, and then
 *   the restore applies it: revocations are recorded in PostgreSQL first.
 * - A token of the last minute, in either copy, is kept if the snapshot has its creation.
 *
 * The rest is read after the snapshot: marks of ended tokens, grants, last uses. A mark that is later than the snapshot ends
 * more than it did, never less.
 */
export async function* copyRedis({ redis, now, takeSnapshot, wereCreated }: RedisCopy): AsyncGenerator<RedisEntry> {
  const isYoung = (entry: RedisEntry) => (tokenOf(entry)?.created ?? 0) >= now - MINUTE
  const copied = new Set<string>()
  const young = new Map<string, RedisEntry>()
  for await (const entry of entriesOf(redis, TOKENS)) {
    if (isYoung(entry)) young.set(entry.key, entry)
    else if (!copied.has(entry.key)) {
      copied.add(entry.key)
      yield entry
    }
  }
  await takeSnapshot()
  for await (const entry of entriesOf(redis, EVERYTHING)) {
    if (!isBackedUp(entry.key) || copied.has(entry.key)) continue
    if (isYoung(entry)) young.set(entry.key, entry)
    else {
      copied.add(entry.key)
      yield entry
    }
  }
  const created = await wereCreated([...young.values()].flatMap((entry) => tokenOf(entry)?.key ?? []))
  yield* [...young.values()].filter((entry) => created.has(tokenOf(entry)?.key ?? ''))
}

/** Returns whether Redis has anything of a site: it is then none to restore to. */
export async function hasSite(redis: RedisClient): Promise<boolean> {
  for await (const keys of scanKeys(redis, EVERYTHING)) if (keys.some(isBackedUp)) return true
  return false
}

async function* entriesOf(redis: RedisClient, pattern: string): AsyncGenerator<RedisEntry> {
  for (const kind of KINDS) {
    for await (const keys of scanKeys(redis, pattern, kind)) {
      const entries = await Promise.all(keys.map((key) => readEntry(redis, key, kind)))
      yield* entries.filter((each) => each !== undefined)
    }
  }
}

async function readEntry(
  redis: RedisClient,
  key: string,
  kind: (typeof KINDS)[number],
): Promise<RedisEntry | undefined> {
  const [left, value, flat] = await Promise.all([
    redis.pttl(key),
    kind === 'string' ? redis.get(key) : null,
    kind === 'zset' ? redis.zrange(key, '0', '-1', 'WITHSCORES') : [],
  ])
  if (kind === 'string' ? value === null : flat.length === 0) return undefined
  const when = left >= 0 ? { expires: Date.now() + left } : {}
  if (value !== null) return { key, ...when, value }
  return { key, ...when, members: pairsOf(flat as string[]) }
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((member, at): [string, string][] => (at % 2 === 0 ? [[member, flat[at + 1] ?? '0']] : []))
}

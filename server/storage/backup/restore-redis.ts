import { createInterface } from 'node:readline'
import { type RedisEntry, tokenOf } from '../../core/backup/redis-entry.js'
import type { RedisClient } from '../redis/client.js'
import { delegatedIndexOf } from '../redis/delegated-tokens.js'
import { sessionIndexOf } from '../redis/sessions.js'
import { addToIndex } from '../redis/token-index.js'
import { openBackupFile } from './files.js'
import type { CheckedBackup } from './read-backup.js'
import { REDIS_RESTORE_MARK } from './restore-mark.js'

/** Records that are written together. */
const PER_BATCH = 500

/**
 * Restores the records of Redis. Idempotent: what was written before a restore was cut off is written again. Revoked tokens are among
 * them, as in the backup; the database has their revocations, and the next start applies them.
 */
export async function restoreRedis(redis: RedisClient, backup: CheckedBackup): Promise<void> {
  const { id, redis: file } = backup.manifest
  await redis.set(REDIS_RESTORE_MARK, id)
  let batch: RedisEntry[] = []
  for await (const line of createInterface({ input: await openBackupFile(backup, file) })) {
    batch.push(JSON.parse(line) as RedisEntry)
    if (batch.length < PER_BATCH) continue
    await writeEntries(redis, batch)
    batch = []
  }
  await writeEntries(redis, batch)
}

/** Removes the mark of a restore, once all is there. */
export async function finishRedis(redis: RedisClient): Promise<void> {
  await redis.del(REDIS_RESTORE_MARK)
}

async function writeEntries(redis: RedisClient, entries: readonly RedisEntry[]): Promise<void> {
  await Promise.all(entries.map((entry) => writeEntry(redis, entry)))
}

async function writeEntry(redis: RedisClient, entry: RedisEntry): Promise<void> {
  const { key, expires } = entry
  if (expires !== undefined && expires <= Date.now()) return
  const token = tokenOf(entry)
  if (token) {
    const index = token.delegated ? delegatedIndexOf(token.username) : sessionIndexOf(token.username)
    await addToIndex(redis, index, token)
  }
  if ('members' in entry) {
    await redis.zadd(key, ...entry.members.flatMap(([member, score]) => [score, member]))
    if (expires !== undefined) await redis.expireat(key, Math.ceil(expires / 1000))
  } else if (expires === undefined) await redis.set(key, entry.value)
  else await redis.set(key, entry.value, 'PXAT', Math.ceil(expires))
}

import { OperatorError } from '../../core/operator-error.js'
import type { EpochSeconds } from '../../core/time.js'
import { connectForMigration } from '../postgres/connection/migration-connection.js'
import type { RedisClient } from '../redis/client.js'
import type { CheckedBackup } from './read-backup.js'
import { hasSite } from './redis-copy.js'
import {
  dropRestoreMark,
  REDIS_RESTORE_MARK,
  type RestoreMark,
  readRestoreMark,
  refuseUnfinishedRestore,
  writeRestoreMark,
} from './restore-mark.js'
import { inTransaction, refuseTables, restorePostgres } from './restore-postgres.js'
import { finishRedis, restoreRedis } from './restore-redis.js'

interface EmptySite {
  readonly databaseUrl: string
  readonly redis: RedisClient
  readonly now: EpochSeconds
}

/**
 * Restores a checked backup into an empty site. From the first write to the last, the database has a mark with which no
 * server starts: a restore that is cut off leaves a site that says so, and the same command goes on where it was.
 *
 * The database comes first: Redis has sessions, and they are valid only with their revocations.
 *
 * @throws {OperatorError} when the site is not empty; nothing was written then
 */
export async function restoreBackup(backup: CheckedBackup, { databaseUrl, redis, now }: EmptySite): Promise<void> {
  const { id } = backup.manifest
  const client = await connectForMigration(databaseUrl)
  try {
    const begun = await readRestoreMark(client)
    if (begun) refuseOther(begun, id)
    await refuseFullRedis(redis, begun, id)
    if (begun?.stage !== 'redis') {
      await inTransaction(client, async () => {
        await refuseTables(client)
        await writeRestoreMark(client, { backup: id, stage: 'postgres' })
      })
      await restorePostgres(client, backup, now)
    }
    await restoreRedis(redis, backup)
    await finishRedis(redis)
    await dropRestoreMark(client)
  } finally {
    await client.end()
  }
}

function refuseOther({ backup }: RestoreMark, id: string): void {
  if (backup === id) return
  throw new OperatorError(
    `A restore of another backup (${backup}) was begun in this database and did not finish.`,
    'Nothing was restored. Restore that one, or empty the database and Redis first.',
  )
}

/** What a restore that was cut off wrote into Redis is written again; anything else is another site's. */
async function refuseFullRedis(redis: RedisClient, begun: RestoreMark | undefined, id: string): Promise<void> {
  if (begun?.stage === 'redis' && (await redis.get(REDIS_RESTORE_MARK)) === id) return
  if (!(await hasSite(redis))) return
  throw new OperatorError(
    'Redis is not empty: it has sessions or other records of a site.',
    "Nothing was restored. Name another Redis, or empty this one: redis-cli --scan --pattern 'postern:*' | xargs redis-cli del",
  )
}

/** Refuses to open a site that a restore has not finished. @throws {OperatorError} */
export async function requireFinishedRestore(databaseUrl: string): Promise<void> {
  const client = await connectForMigration(databaseUrl)
  await refuseUnfinishedRestore(client).finally(() => client.end())
}

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { type BackupFile, FORMAT, filesOf, MANIFEST, type Manifest } from '../../core/backup/manifest.js'
import type { RedisEntry } from '../../core/backup/redis-entry.js'
import { OperatorError } from '../../core/operator-error.js'
import { type EpochSeconds, isoTime } from '../../core/time.js'
import { withRecordMac } from '../../core/token/record-mac.js'
import type { Context } from '../context.js'
import { connectForMigration } from '../postgres/connection/migration-connection.js'
import type { Transform } from './encryption.js'
import { type BackupFolder, syncFolder, writeBackupFile } from './files.js'
import { copyRedis } from './redis-copy.js'
import { COPY_SETTINGS, copyOf, migrationsOf, sequencesOf, tablesOf } from './schema.js'

/** The record that the MAC of a manifest is of. */
export const MANIFEST_NAME = 'backup manifest'

/** The site's Redis, its clock, and the keys of its manifests. */
type BackedUpSite = Pick<Context, 'redis' | 'clock' | 'keys'>

interface BackupOptions {
  readonly directory: string
  readonly databaseUrl: string
  /** The version of Postern. */
  readonly product: string
  readonly encryption?: Transform
  /** The backup's identifier. */
  readonly id: string
}

/**
 * Writes a backup of the site while it serves. The folder has its name only when all of it is on the disk: one that is there
 * is whole.
 *
 * @throws {OperatorError} when the folder exists, or cannot be made
 */
export async function writeBackup(context: BackedUpSite, options: BackupOptions): Promise<Manifest> {
  const { directory, databaseUrl } = options
  await refuseExisting(directory)
  const folder = `${directory}.partial-${randomUUID().slice(0, 8)}`
  await makeFolder(folder)
  const client = await connectForMigration(databaseUrl)
  try {
    const place = { folder, ...(options.encryption && { encryption: options.encryption }) }
    const manifest = await copySite(context, client, place, options)
    await writeManifest(folder, withRecordMac(context.keys.backups[0], MANIFEST_NAME, formatted(manifest)))
    await rename(folder, directory)
    await syncFolder(path.dirname(path.resolve(directory)))
    return manifest
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    await client.end()
  }
}

const formatted = (manifest: Manifest) => `${JSON.stringify(manifest, undefined, 1)}\n`

async function copySite(
  { redis, clock }: BackedUpSite,
  client: pg.Client,
  place: BackupFolder,
  { id, product }: BackupOptions,
): Promise<Manifest> {
  let taken: EpochSeconds = 0
  const entries = copyRedis({
    redis,
    now: clock(),
    takeSnapshot: async () => {
      // Before the snapshot, so that what is done in this second counts as done afterwards.
      taken = clock()
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await client.query(COPY_SETTINGS)
      await client.query('SELECT 1')
    },
    wereCreated: async (keys) => {
      const text = `SELECT DISTINCT token FROM token_change WHERE token = ANY($1) AND action = 'create'`
      const { rows } = await client.query<{ token: string }>(text, [keys])
      return new Set(rows.map(({ token }) => token))
    },
  })
  const redisFile = await writeBackupFile(place, 'redis.ndjson', Readable.from(linesOf(entries)))
  const tables: { table: string; columns: string[]; file: BackupFile }[] = []
  for (const { table, columns } of await tablesOf(client)) {
    const rows = client.query(copyTo(copyOf({ table, columns }, 'TO STDOUT')))
    tables.push({ table, columns: [...columns], file: await writeBackupFile(place, `${table}.copy`, rows) })
  }
  const [migrations, sequences] = [await migrationsOf(client), await sequencesOf(client)]
  await client.query('COMMIT')
  return {
    format: FORMAT,
    id,
    product,
    taken: isoTime(taken),
    encrypted: place.encryption !== undefined,
    migrations,
    tables,
    sequences,
    redis: redisFile,
  }
}

async function* linesOf(entries: AsyncIterable<RedisEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`
}

async function refuseExisting(directory: string): Promise<void> {
  if (!existsSync(directory)) return
  const files = await readdir(directory).catch(() => ['.'])
  if (files.length === 0) return
  throw new OperatorError(
    `${directory} exists already, and no backup is written over another.`,
    'Name a folder that does not exist, such as one with the date in its name.',
  )
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new OperatorError(
      `The folder ${folder} cannot be made (${code}).`,
      'Name a folder below one that exists and that you own.',
      { cause },
    )
  }
}

/** Last of all files. */
async function writeManifest(folder: string, text: string): Promise<void> {
  const handle = await open(path.join(folder, MANIFEST), 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(folder)
}

/** Sums up the bytes of a backup. */
export function sizeOf(manifest: Manifest): number {
  return filesOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0)
}

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { emptyDatabase } from './stores.js'

const MIGRATIONS = path.resolve('prisma/migrations')

/** The names of this version's migrations, oldest first. */
export async function migrationNames(): Promise<string[]> {
  return (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort()
}

/** A database with the migrations alone that came before one. @returns its URL */
export async function databaseBefore(name: string): Promise<string> {
  const earlier = await mkdtemp(path.join(os.tmpdir(), 'earlier-'))
  try {
    for (const each of await migrationNames())
      if (each < name) await cp(path.join(MIGRATIONS, each), path.join(earlier, each), { recursive: true })
    const url = await emptyDatabase()
    await migrate(url, earlier)
    return url
  } finally {
    await rm(earlier, { recursive: true })
  }
}

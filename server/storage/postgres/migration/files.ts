import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KnownMigration } from '../../../core/schema/compare.js'
import { declarationOf } from '../../../core/schema/declaration.js'
import { earlierDeclaration } from '../../../core/schema/earlier.js'

/** `prisma/migrations` of this project; the same number of steps up from `server/` and from `dist/`. */
export const OUR_MIGRATIONS = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))

/** Reads a folder of migrations, oldest first: Prisma begins their names with the time. */
export async function readMigrations(directory: string): Promise<KnownMigration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(directory, name, 'migration.sql'), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      return { name, sql, checksum, declaration: declarationOf(sql) ?? earlierDeclaration(name) }
    }),
  )
}

// Writes the database of a release, with data, as SQL: node --import ./test/support/run/typescript.mjs \
//   test/storage/postgres/releases/make.ts 0.2.0 [NEWEST_MIGRATION]
// It needs Debian's PostgreSQL 15, for its pg_dump.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyMigrations } from '../../../../server/storage/postgres/migrate.js'
import { OUR_MIGRATIONS, readMigrations } from '../../../../server/storage/postgres/migration/files.js'
import { storesFolder } from '../../../support/run/run-stores.mjs'
import { DEBIAN_POSTGRES, startDebianPostgres } from '../../../support/stores/debian-postgres.js'
import { sql } from '../../../support/stores/queries.js'
import { DATA } from './data.js'

const [release, newest = '9'] = process.argv.slice(2)
if (release === undefined) throw new Error('Which release?')

const { home, remove } = await storesFolder()
const postgres = await startDebianPostgres(home)
try {
  // Data of a time go in when the database is of that time, so that later migrations meet them.
  const known = (await readMigrations(OUR_MIGRATIONS)).filter(({ name }) => name <= newest)
  for (const [count, { name }] of known.entries()) {
    await applyMigrations(postgres.url, known.slice(0, count + 1))
    const data = DATA[name]
    if (data !== undefined) await sql(postgres.url, data)
  }
  const dump = ['--inserts', '--no-owner', '--no-privileges', '--no-comments', postgres.url]
  const text = execFileSync(path.join(DEBIAN_POSTGRES, 'pg_dump'), dump, { encoding: 'utf8' })
  writeFileSync(fileURLToPath(new URL(`${release}.sql`, import.meta.url)), withoutNoise(text))
} finally {
  await postgres.stop()
  remove()
}

/** Without comments, psql's own commands, and settings that a later PostgreSQL may not know. */
function withoutNoise(text: string): string {
  const lines = text.split('\n').filter((line) => !/^(?:--|\\|$|SET (?!.*search_path))/.test(line))
  return `${lines.join('\n')}\n`
}

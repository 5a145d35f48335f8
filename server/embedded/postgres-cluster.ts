import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '../core/operator-error.js'
import { writeAtomically } from './atomic-file.js'
import { type NativeBinaries, nativeBinaries } from './native-binaries.js'
import { passwordIn } from './secret-file.js'
import type { ServerHome } from './server-home.js'
import { serverEnvironment } from './server-process.js'
import type { ServerUser } from './server-user.js'

/** The only role of an embedded cluster, and the name of its database. */
export const ROLE = 'postern'

/** A PostgreSQL data folder and its password. */
export interface Cluster {
  dir: string
  passwordFile: string
}

/** Returns the paths of the embedded cluster, which may not exist yet. */
export function clusterOf({ dir, dataDir }: ServerHome): Cluster {
  return { dir: path.join(dir, 'postgres'), passwordFile: path.join(dataDir, 'postgres.password') }
}

/**
 * Creates the embedded cluster unless it exists.
 *
 * @returns the path of `postgres`
 * @throws {OperatorError} when initdb fails, or another major version created the data
 */
export async function prepareCluster(home: ServerHome): Promise<string> {
  const binaries = nativeBinaries(home)
  const { dir, passwordFile } = clusterOf(home)
  if (!existsSync(dir)) await createCluster({ dir, passwordFile }, binaries.bin, home.user)
  refuseOtherVersion(dir, binaries)
  return path.join(binaries.bin, 'postgres')
}

/**
 * Creates a data folder with the binaries in `bin`. It gets its final name when it is complete; the next start removes what
 * an interrupted one left.
 */
export async function createCluster({ dir, passwordFile }: Cluster, bin: string, user?: ServerUser): Promise<void> {
  const unfinished = `${dir}.unfinished`
  const passwordForInit = `${dir}.password-for-initdb`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (user) chownSync(unfinished, user.uid, user.gid)
  writeAtomically(passwordForInit, `${passwordIn(passwordFile)}\n`, user)
  const args = [
    '-D',
    unfinished,
    '-U',
    ROLE,
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordForInit}`,
    '-E',
    'UTF8',
    '--locale=C',
  ]
  try {
    await promisify(execFile)(path.join(bin, 'initdb'), args, { ...user, cwd: '/', env: serverEnvironment })
    renameSync(unfinished, dir)
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true })
    throw new OperatorError(
      `PostgreSQL could not make its data folder ${dir}: ${outputOf(cause)}`,
      'Correct the cause that it names, or set DATABASE_URL to a database of your own.',
      { cause },
    )
  } finally {
    rmSync(passwordForInit, { force: true })
  }
}

function refuseOtherVersion(dir: string, { major }: NativeBinaries): void {
  const existing = majorOf(dir)
  if (existing === major) return
  throw new OperatorError(
    `The data in ${dir} was made by PostgreSQL ${existing}, and this version of Postern brings PostgreSQL ${major}.`,
    `Start the version of Postern that made it, save the data with pg_dump, move ${dir} away, and restore into the new one.`,
  )
}

/** Returns the major version that created a data folder, as in `18`. */
export function majorOf(dir: string): string {
  try {
    return readFileSync(path.join(dir, 'PG_VERSION'), 'utf8').trim()
  } catch {
    return 'an unknown version'
  }
}

function outputOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string }
  return (stderr || message).trim()
}

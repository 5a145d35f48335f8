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

/** The one role of an embedded cluster, and the name of its database. */
export const ROLE = 'postern'

/** A PostgreSQL data folder and the key to it. */
export interface Cluster {
  dir: string
  passwordFile: string
}

/** Where the embedded PostgreSQL keeps its data, whether they are there yet or not. */
export function clusterOf({ dir, dataDir }: ServerHome): Cluster {
  return { dir: path.join(dir, 'postgres'), passwordFile: path.join(dataDir, 'postgres.password') }
}

/**
 * Makes the data folder of the embedded PostgreSQL when there is none yet.
 *
 * @returns the program that runs it
 * @throws {OperatorError} when it cannot be made, or another major version made it
 */
export async function prepareCluster(home: ServerHome): Promise<string> {
  const binaries = nativeBinaries(home)
  const { dir, passwordFile } = clusterOf(home)
  if (!existsSync(dir)) await makeCluster(dir, binaries.bin, passwordIn(passwordFile), home)
  refuseOtherVersion(dir, binaries)
  return path.join(binaries.bin, 'postgres')
}

/** It gets its name when it is whole; a start that dies before leaves only what the next one throws away. */
async function makeCluster(dir: string, bin: string, password: string, { user }: ServerHome): Promise<void> {
  const unfinished = `${dir}.unfinished`
  const passwordForInit = `${dir}.password-for-initdb`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (user) chownSync(unfinished, user.uid, user.gid)
  writeAtomically(passwordForInit, `${password}\n`, user)
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
      'Put right what it names, or set DATABASE_URL to a database of your own.',
      { cause },
    )
  } finally {
    rmSync(passwordForInit, { force: true })
  }
}

function refuseOtherVersion(dir: string, { major }: NativeBinaries): void {
  const made = majorOf(dir)
  if (made === major) return
  throw new OperatorError(
    `The data in ${dir} was made by PostgreSQL ${made}, and this version of Postern brings PostgreSQL ${major}.`,
    `Start the version of Postern that made it, save the data with pg_dump, move ${dir} away, and restore into the new one.`,
  )
}

function majorOf(dir: string): string {
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

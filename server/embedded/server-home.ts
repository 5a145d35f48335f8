import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../core/operator-error.js'
import { writeAtomically } from './atomic-file.js'
import { canEnter, type ServerUser, serverUser } from './server-user.js'

/** The servers' data folders and their user. */
export interface ServerHome {
  /** POSTERN_DATA as an absolute path; holds the lock and the passwords. */
  dataDir: string
  /** Holds `postgres/` and `redis/`. The same folder, unless the servers' user cannot enter it. */
  dir: string
  user?: ServerUser
}

const servers = ['postgres', 'postgres.moved', 'redis']

/**
 * Creates the data folder and chooses the folder of the servers' data, the same one if possible. As root, in a folder that
 * no other user can enter, it is `/var/lib/postern-<id>`. The id is random and recorded in the data folder, so that a new
 * data folder never gets an old one's data.
 *
 * Attack: with a predictable id another user could create the folder beforehand.
 *
 * @throws {OperatorError} when a folder cannot be created, or the recorded one is gone
 */
export function serverHome(dataDir: string, outside = '/var/lib'): ServerHome {
  makeFolder(dataDir)
  const user = serverUser()
  if (!user) return { dataDir, dir: dataDir }

  const record = path.join(dataDir, 'server-home')
  if (existsSync(record)) return recordedHome(dataDir, record, user)

  const owner = ownerOfData(dataDir)
  if (owner) return { dataDir, dir: dataDir, user: owner }

  if (canEnter(path.dirname(dataDir), user)) {
    allowTraversal(dataDir)
    return { dataDir, dir: dataDir, user }
  }
  const dir = path.join(outside, `postern-${randomBytes(8).toString('hex')}`)
  makeFolder(dir)
  allowTraversal(dir)
  writeAtomically(record, `${dir}\n`)
  return { dataDir, dir, user }
}

/** Refuses to start empty when the recorded folder is gone: all accounts and tokens would seem lost. */
function recordedHome(dataDir: string, record: string, user: ServerUser): ServerHome {
  const dir = readFileSync(record, 'utf8').trim()
  if (!existsSync(dir)) {
    throw new OperatorError(
      `The data of ${dataDir} was kept in ${dir}, and that folder is gone.`,
      `Put ${dir} back from a backup; or, to begin anew without the old accounts and tokens, remove ${dataDir}.`,
    )
  }
  return { dataDir, dir, user: ownerOfData(dir) ?? user }
}

/** Returns the owner of existing data: root that starts an ordinary user's data once must not change its owner. */
function ownerOfData(dir: string): ServerUser | undefined {
  const existing = servers.map((name) => path.join(dir, name)).find((folder) => existsSync(folder))
  if (!existing) return undefined
  const { uid, gid } = statSync(existing)
  return { uid, gid }
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(path.dirname(dir), { recursive: true })
    if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 })
    if (process.getuid?.() !== 0) chmodSync(dir, 0o700)
  } catch (cause) {
    throw new OperatorError(
      `The data folder ${dir} cannot be created or belongs to another user: ${(cause as Error).message}.`,
      'Name a folder that you own in POSTERN_DATA, or start as the user who owns this one.',
      { cause },
    )
  }
}

/** Lets the servers' user enter its own folders below, and list nothing. */
function allowTraversal(dir: string): void {
  chmodSync(dir, 0o711)
}

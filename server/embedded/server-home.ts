import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../core/operator-error.js'
import { writeAtomically } from './atomic-file.js'
import { canEnter, type ServerUser, serverUser } from './server-user.js'

/** Where the servers keep their data, and who runs them. */
export interface ServerHome {
  /** Postern's own folder (POSTERN_DATA), absolute: the lock and the passwords are here. */
  dataDir: string
  /** The folder that holds `postgres/` and `redis/`. The same folder, unless the servers' user cannot get there. */
  dir: string
  user?: ServerUser
}

const servers = ['postgres', 'redis']

/**
 * Makes the data folder, and finds the place for the servers' data: in it where that is possible. As root in a folder that
 * no other user can enter it is `/var/lib/postern-<id>`; the id is random and remembered in the data folder, so that a new
 * data folder never meets an old one's data, and nobody can lay out a folder for us beforehand.
 *
 * @throws {OperatorError} when a folder cannot be made, or the remembered one is gone
 */
export function serverHome(dataDir: string, outside = '/var/lib'): ServerHome {
  makeFolder(dataDir)
  const user = serverUser()
  if (!user) return { dataDir, dir: dataDir }

  const note = path.join(dataDir, 'server-home')
  if (existsSync(note)) return rememberedHome(dataDir, note, user)

  const owner = ownerOfData(dataDir)
  if (owner) return { dataDir, dir: dataDir, user: owner }

  if (canEnter(path.dirname(dataDir), user)) {
    letPass(dataDir)
    return { dataDir, dir: dataDir, user }
  }
  const dir = path.join(outside, `postern-${randomBytes(8).toString('hex')}`)
  makeFolder(dir)
  letPass(dir)
  writeAtomically(note, `${dir}\n`)
  return { dataDir, dir, user }
}

/** Beginning anew in silence would look like every account and token being lost; so say where they were. */
function rememberedHome(dataDir: string, note: string, user: ServerUser): ServerHome {
  const dir = readFileSync(note, 'utf8').trim()
  if (!existsSync(dir)) {
    throw new OperatorError(
      `The data of ${dataDir} was kept in ${dir}, and that folder is gone.`,
      `Put ${dir} back from a backup; or, to begin anew without the old accounts and tokens, remove ${dataDir}.`,
    )
  }
  return { dataDir, dir, user: ownerOfData(dir) ?? user }
}

/** Data made by an ordinary user goes on running as that user when root starts it once. */
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
      `The data folder ${dir} cannot be made or is not ours: ${(cause as Error).message}.`,
      'Name a folder that you own in POSTERN_DATA, or start as the user who owns this one.',
      { cause },
    )
  }
}

/** The servers' user may pass through to its own folders, and list nothing. */
function letPass(dir: string): void {
  chmodSync(dir, 0o711)
}

import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../core/operator-error.js'

/** The user that PostgreSQL and Redis run as, where it is not Postern's own. */
export interface ServerUser {
  uid: number
  gid: number
}

/**
 * Chooses the user of the servers when Postern runs as root. PostgreSQL refuses to run as root.
 *
 * Attack: a caller with the password of a Redis that runs as root could have it write any file.
 *
 * @returns undefined when Postern does not run as root: the servers run as the same user
 * @throws {OperatorError} when the system has no such user
 */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!user) {
    throw new OperatorError(
      'PostgreSQL does not run as root, and this system has neither a user postgres nor a user nobody.',
      'Create the user postgres, start Postern as an ordinary user, or set DATABASE_URL and REDIS_URL.',
    )
  }
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

/** Tests whether a user may enter a folder and all above it. (Only root can enter a project below root's own home.) */
export function canEnter(folder: string, user: ServerUser): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const { mode, uid, gid } = statSync(at)
    const mayEnter = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & mayEnter) === 0) return false
    if (at === path.dirname(at)) return true
  }
}

import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrFail } from './processes.js'

/** Who a server runs as: PostgreSQL refuses to run as root, and the others need not. */
export interface User {
  readonly name: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  /** Put in front of a command to run it as this user. */
  readonly prefix: readonly string[]
}

/** `nobody` where the tests run as root, otherwise whoever runs them. */
export async function unprivilegedUser(): Promise<User> {
  const asRoot = process.getuid?.() === 0
  const about = async (flag: string) => (await runOrFail(['id', flag, ...(asRoot ? ['nobody'] : [])])).trim()
  const [name, group, uid, gid] = await Promise.all([about('-un'), about('-gn'), about('-u'), about('-g')])
  const prefix = asRoot ? ['setpriv', `--reuid=${name}`, `--regid=${group}`, '--init-groups'] : []
  return { name, group, uid: Number(uid), gid: Number(gid), prefix }
}

/** An empty folder of this user's own, outside the project: root's home is closed to everybody else. */
export function temporaryFolder(purpose: string, owner?: User): string {
  removeLeftovers(purpose)
  const folder = mkdtempSync(join(tmpdir(), `postern-${purpose}-${process.pid}-`))
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  return folder
}

/** Gives a folder with all that is in it to the user. */
export function handOver(folder: string, { uid, gid }: User): void {
  chownSync(folder, uid, gid)
  for (const entry of readdirSync(folder, { recursive: true })) chownSync(join(folder, String(entry)), uid, gid)
}

/** Removes what a killed run could not. */
function removeLeftovers(purpose: string): void {
  const name = new RegExp(`^postern-${purpose}-(\\d+)-`)
  for (const entry of readdirSync(tmpdir())) {
    const pid = name.exec(entry)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(tmpdir(), entry), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { chownSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ServerUser } from './server-user.js'

/** Writes or replaces a file of mode 0600. After a crash it holds the old text or the new one, never a part. */
export function writeAtomically(file: string, text: string, owner?: ServerUser): void {
  const temporary = writeTemporary(file, text)
  if (owner) chownSync(temporary, owner.uid, owner.gid)
  renameSync(temporary, file)
}

/** Creates a file as {@link writeAtomically} does, unless it exists. @returns whether it was created */
export function createAtomically(file: string, text: string): boolean {
  const temporary = writeTemporary(file, text)
  try {
    linkSync(temporary, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary)
  }
}

/** Flushed to disk before it gets its name: a journalling file system may store the name first. */
function writeTemporary(file: string, text: string): string {
  const temporary = `${file}.${process.pid}`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
  giveToFolderOwner(temporary)
  return temporary
}

/** Gives a file that root wrote to the folder's owner, who must be able to use it at the next start without root. */
export function giveToFolderOwner(file: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(path.dirname(file))
  chownSync(file, uid, gid)
}

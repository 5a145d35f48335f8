import { chownSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ServerUser } from './server-user.js'

/** Writes a file of mode 0600 that is there whole or not at all, whenever the process dies. */
export function writeWhole(file: string, text: string, owner?: ServerUser): void {
  const temporary = written(file, text)
  if (owner) chownSync(temporary, owner.uid, owner.gid)
  renameSync(temporary, file)
}

/** As writeWhole, but only if there is no such file yet. @returns whether it was written */
export function createWhole(file: string, text: string): boolean {
  const temporary = written(file, text)
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

function written(file: string, text: string): string {
  const temporary = `${file}.${process.pid}`
  rmSync(temporary, { force: true })
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
  giveToFolderOwner(temporary)
  return temporary
}

/** When root starts once on an ordinary user's data, the files that it leaves must still be that user's. */
export function giveToFolderOwner(file: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(path.dirname(file))
  chownSync(file, uid, gid)
}

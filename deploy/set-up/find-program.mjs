import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where packages put programs without always being on a user's PATH. */
const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/** @returns {string | undefined} the program's path */
export function findProgram(name, folders = [...(process.env.PATH ?? '').split(path.delimiter), ...usualFolders]) {
  return folders.map((folder) => path.join(folder, name)).find(isExecutable)
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

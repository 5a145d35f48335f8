import { accessSync, constants } from 'node:fs'

/** Tests whether a file exists and may be executed by this user. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

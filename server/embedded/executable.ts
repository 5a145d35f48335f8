import { accessSync, constants } from 'node:fs'

/** Is there a program that we may run? */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

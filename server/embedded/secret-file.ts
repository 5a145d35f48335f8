import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createAtomically } from './atomic-file.js'

/** Returns 192 random bits as base64url, which needs no escape in a URL or a configuration file. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Reads a password from a file of mode 0600, which is created when missing. */
export function passwordIn(file: string): string {
  if (!existsSync(file)) createAtomically(file, `${randomPassword()}\n`)
  return readFileSync(file, 'utf8').trim()
}

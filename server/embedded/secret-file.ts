import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createAtomically } from './atomic-file.js'

/** 192 random bits, in characters that need no escape in a URL or a configuration file. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** The password kept in a file of mode 0600, made when there is none yet. */
export function passwordIn(file: string): string {
  if (!existsSync(file)) createAtomically(file, `${randomPassword()}\n`)
  return readFileSync(file, 'utf8').trim()
}

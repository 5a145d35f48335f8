import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { EXIT, Failure, reasonOfError } from './failure.js'

/** The folder that `postern.py` has, too. */
export function folder(): string {
  return path.join(process.env.XDG_CONFIG_HOME || path.join(os.homedir(), '.config'), 'postern')
}

/** The file that names the site of the last sign-in. */
export const siteFile = () => path.join(folder(), 'site')

/** Returns the name of a site among files and in the keyring. */
export function accountOf(site: string): string {
  return site.slice(site.indexOf('://') + 3).replaceAll(/[^A-Za-z0-9.-]+/g, '_')
}

/** The token's file is the token alone, so that `BEARER_TOKEN_FILE` can name it. */
export const fileOf = (site: string) => path.join(folder(), `${accountOf(site)}.token`)

/** An empty file, which says that the token is in the keyring: no other command asks a keyring, or has it unlocked. */
export const markerOf = (site: string) => path.join(folder(), `${accountOf(site)}.keyring`)

/** Writes a file that its owner alone can read; whole, or not at all. */
export function writePrivate(file: string, text: string): void {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    try {
      writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' })
      renameSync(unfinished, file)
    } finally {
      rmSync(unfinished, { force: true })
    }
  } catch (error) {
    throw new Failure(EXIT.usage, `${file} cannot be written: ${reasonOfError(error, getSystemErrorMap())}`)
  }
}

/** Writes a file into the folder and removes it. */
export function tryFolder(): void {
  const probe = path.join(folder(), 'probe')
  writePrivate(probe, '')
  remove(probe)
}

/** Reads a token's file. One that others can read is refused: it may have been read. */
export function readPrivate(file: string): string | undefined {
  const handle = openIfReadable(file)
  if (handle === undefined) return undefined
  try {
    if ((fstatSync(handle).mode & 0o077) === 0) return readFileSync(handle, 'utf8').trim()
  } finally {
    closeSync(handle)
  }
  const advice = 'revoke its token, remove the file, and sign in again'
  throw new Failure(EXIT.notSignedIn, `Other users can read ${file}: ${advice}`)
}

function openIfReadable(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch {
    return undefined
  }
}

export function remove(file: string): void {
  rmSync(file, { force: true })
}

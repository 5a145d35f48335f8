import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { EXIT, Failure } from './failure.js'

/** A keyring may ask its user for a password. */
const TIMEOUT = 120_000
/** The exit code of macOS' `security`. */
const ITEM_NOT_FOUND = 44

const missing = (reason: string) =>
  new Failure(
    EXIT.usage,
    `There is no keyring here: ${reason}. Without --keyring the token is in a file that you alone can read`,
  )

type Program = 'secret-tool' | 'security'

/** Finds the program of the keyring: libsecret's `secret-tool`, or macOS' `security`. */
function keyring(): Program | undefined {
  const programs: readonly Program[] = ['secret-tool', 'security']
  const preferred = process.platform === 'darwin' ? programs.toReversed() : programs
  return preferred.find(isOnPath)
}

function keyringOrFail(): Program {
  const found = keyring()
  if (found) return found
  throw missing("neither secret-tool (Debian's libsecret-tools) nor macOS' security is installed")
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

function ask(program: Program, words: readonly string[], input = '') {
  const { status, stdout, stderr, error } = spawnSync(program, words, { input, encoding: 'utf8', timeout: TIMEOUT })
  if (error || status === null) return { status: undefined, stdout: '', stderr: `${program} does not answer` }
  return { status, stdout: stdout.trim(), stderr: stderr.trim() }
}

/** Returns the token, if there is one, and what the keyring said against it. */
function find(account: string): { readonly token?: string; readonly error?: string } {
  const program = keyringOrFail()
  const words =
    program === 'security'
      ? ['find-generic-password', '-s', 'postern', '-a', account, '-w']
      : ['lookup', 'service', 'postern', 'account', account]
  const { status, stdout, stderr } = ask(program, words)
  if (status === 0) return { token: stdout }
  const isAbsent = stderr === '' || (program === 'security' && status === ITEM_NOT_FOUND)
  return isAbsent ? {} : { error: stderr }
}

export function readKeyring(account: string): string {
  const { token, error } = find(account)
  if (token) return token
  const reason = error
    ? `, which does not give it: ${error}`
    : ' no more, or the keyring is locked; unlock it, or sign in again'
  throw new Failure(EXIT.notSignedIn, `The token is in the keyring${reason}`)
}

/** Attack: other users see the arguments of a program, so both programs read the token from their standard input. */
export function writeKeyring(account: string, token: string): void {
  const program = keyringOrFail()
  const { stderr } =
    program === 'security'
      ? ask(program, ['-i'], `add-generic-password -U -s postern -a ${account} -w ${token}\n`)
      : ask(program, ['store', `--label=Postern: ${account}`, 'service', 'postern', 'account', account], token)
  // Not by the exit code: that of `security -i` is not its command's.
  if (find(account).token !== token) throw missing(stderr || `${program} stored nothing`)
}

/** Removes the token, which is replaced or revoked already, if the keyring is here: machines may share a home folder. */
export function clearKeyring(account: string): void {
  const program = keyring()
  if (program === 'security') ask(program, ['delete-generic-password', '-s', 'postern', '-a', account])
  if (program === 'secret-tool') ask(program, ['clear', 'service', 'postern', 'account', account])
}

/** Stores a word and removes it. */
export function tryKeyring(): void {
  writeKeyring('probe', 'probe')
  clearKeyring('probe')
}

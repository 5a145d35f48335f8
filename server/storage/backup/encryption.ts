import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { OperatorError } from '../../core/operator-error.js'

/*
 * Files of a backup are encrypted in the age format (age-encryption.org/v1), each by itself: authenticated in pieces, so that
 * one that was edited or cut off is noticed, and readable by the program `age` without Postern.
 *
 * A key file is what `age-keygen` writes. For a backup, its public part (`age1…`) is enough: a machine that makes backups
 * need not be able to read them.
 */

/** Encrypts or decrypts a stream. */
export type Transform = (content: Readable) => Promise<Readable>

/** The lines of a key file, without comments and empty ones. */
async function linesOf(keyFile: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(keyFile, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new OperatorError(`The key file ${keyFile} cannot be read (${code}).`, 'Name a file of age-keygen.', {
      cause,
    })
  }
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

/** Returns what encrypts for each key of a file. @throws {OperatorError} where there is none */
export async function encryptFor(keyFile: string): Promise<Transform> {
  const age = await import('age-encryption')
  const encrypter = new age.Encrypter()
  const lines = await linesOf(keyFile)
  for (const line of lines) {
    try {
      encrypter.addRecipient(line.startsWith('AGE-SECRET-KEY-') ? await age.identityToRecipient(line) : line)
    } catch {
      throw notAKey(keyFile)
    }
  }
  if (lines.length === 0) throw notAKey(keyFile)
  return async (content) => fromWeb(await encrypter.encrypt(toWeb(content)))
}

/** Returns what decrypts with the keys of a file. @throws {OperatorError} where there is none */
export async function decryptWith(keyFile: string): Promise<Transform> {
  const age = await import('age-encryption')
  const decrypter = new age.Decrypter()
  const secrets = (await linesOf(keyFile)).filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  for (const secret of secrets) {
    try {
      decrypter.addIdentity(secret)
    } catch {
      throw notAKey(keyFile)
    }
  }
  if (secrets.length === 0) {
    const remedy = 'Name the file of age-keygen that has the line AGE-SECRET-KEY-1…, not its public key alone.'
    throw new OperatorError(`The key file ${keyFile} has no secret key.`, remedy)
  }
  return async (content) => {
    try {
      return fromWeb(await decrypter.decrypt(toWeb(content)))
    } catch (cause) {
      content.destroy()
      const remedy = 'Name the key file that the backup was made with, or the secret key to its public one.'
      throw new OperatorError(`The key of ${keyFile} does not open the backup.`, remedy, { cause })
    }
  }
}

/** The error quotes no line: it may be a secret key with a typing error. */
function notAKey(keyFile: string): OperatorError {
  return new OperatorError(`The key file ${keyFile} holds no key of age.`, `Make one: age-keygen -o ${keyFile}`)
}

type Bytes = globalThis.ReadableStream<Uint8Array>

function toWeb(content: Readable): Bytes {
  return Readable.toWeb(content) as Bytes
}

function fromWeb(content: Bytes): Readable {
  return Readable.fromWeb(content as ReadableStream<Uint8Array>)
}

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BackupFile } from '../../core/backup/manifest.js'
import { OperatorError } from '../../core/operator-error.js'
import type { Transform as Encryption } from './encryption.js'

const NEWLINE = 0x0a

/** Counts the lines and bytes that pass, and hashes them. */
class Measure extends Transform {
  readonly #hash = createHash('sha256')
  bytes = 0
  rows = 0

  override _transform(chunk: Uint8Array, _encoding: string, done: (error: null, chunk: Uint8Array) => void): void {
    this.bytes += chunk.length
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) this.rows++
    this.#hash.update(chunk)
    done(null, chunk)
  }

  sha256(): string {
    return this.#hash.digest('hex')
  }
}

/** Where the files of a backup are, and how they are encrypted, if they are. */
export interface BackupFolder {
  readonly folder: string
  readonly encryption?: Encryption
}

/** Writes a file of a backup, readable by its owner alone, to the disk. Nothing of it is held in memory. */
export async function writeBackupFile(
  { folder, encryption }: BackupFolder,
  plainName: string,
  content: Readable,
): Promise<BackupFile> {
  const name = encryption ? `${plainName}.age` : plainName
  const [plain, stored] = [new Measure(), new Measure()]
  const file = createWriteStream(path.join(folder, name), { flags: 'wx', mode: 0o600, flush: true })
  if (encryption) {
    const reading = pipeline(content, plain)
    await Promise.all([reading, pipeline(await encryption(plain), stored, file)])
  } else await pipeline(content, plain, stored, file)
  return { name, bytes: stored.bytes, sha256: stored.sha256(), rows: plain.rows }
}

/** Writes a folder's list of files to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Compares a file with the manifest. @throws {OperatorError} where it is missing, cut off or edited */
export async function verifyFile(folder: string, { name, bytes, sha256 }: BackupFile): Promise<void> {
  const file = path.join(folder, name)
  const remedy = 'Nothing was restored. Take another copy of the backup, or another backup.'
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  )
  if (size === undefined) throw new OperatorError(`The backup is not whole: ${name} is missing.`, remedy)
  if (size < bytes) throw new OperatorError(`The backup is not whole: ${name} was cut off.`, remedy)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  if (hash.digest('hex') !== sha256) {
    throw new OperatorError(`The backup was edited: ${name} is not the file that was written.`, remedy)
  }
}

/** Opens a file of a backup, decrypted. @throws {OperatorError} where the key does not fit */
export async function openBackupFile(
  { folder, encryption }: BackupFolder,
  { name }: Pick<BackupFile, 'name'>,
): Promise<Readable> {
  const stored = createReadStream(path.join(folder, name))
  return encryption ? encryption(stored) : stored
}

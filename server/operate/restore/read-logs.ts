import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { RevocationLog } from '../../core/backup/revocation-log.js'
import { OperatorError } from '../../core/operator-error.js'
import type { EpochSeconds } from '../../core/time.js'

/** A log that was read, and the file that it is in. */
export interface ReadLog {
  readonly file: string
  readonly log: RevocationLog
}

/** Reads logs of audit events from a moment on. @throws {OperatorError} where one cannot be read; before the first is applied */
export async function readLogs(files: readonly string[], taken: EpochSeconds): Promise<ReadLog[]> {
  const read: ReadLog[] = []
  for (const file of files) {
    await access(file).catch((cause: NodeJS.ErrnoException) => {
      throw new OperatorError(
        `${file} cannot be read (${cause.code}).`,
        'Nothing of the logs was applied. Correct its name.',
      )
    })
    const log = new RevocationLog(taken)
    for await (const line of createInterface({ input: createReadStream(file) })) log.add(line)
    read.push({ file, log })
  }
  return read
}

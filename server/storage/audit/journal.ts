import { open } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { AuditAction } from '../../core/audit/actions.js'
import { writeEvent } from '../../core/audit/ecs.js'
import type { AuditEvent } from '../../core/audit/event.js'
import { takesAway } from '../../core/backup/reductions.js'

/** Acts that take nothing away, and show from when on the journal is kept. */
const MARKS: readonly AuditAction[] = ['settings.load', 'backup.create']

/**
 * A file outside of the stores, which is not lost with them: each act that takes away is appended to it, and is on the disk,
 * before it is committed. A restore applies it.
 *
 * Revoking does not depend on it: where it cannot be written, the act goes on, and the error raises an alarm.
 */
export class RevocationJournal {
  readonly #path: string
  readonly #log: Logger

  constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  async append(events: readonly AuditEvent[]): Promise<void> {
    const kept = events.flatMap((event) => (takesAway(event.action) ? event : (markOf(event) ?? [])))
    if (kept.length === 0) return
    try {
      await this.#write(kept.map((event) => `${writeEvent(event)}\n`).join(''))
    } catch (error) {
      this.#log.error({ err: error }, 'Revocation journal not written')
    }
  }

  /** In one write, so that the lines of several processes do not mix; and opened each time, so that the file can be rotated. */
  async #write(lines: string): Promise<void> {
    const file = await open(this.#path, 'a', 0o600)
    try {
      await file.appendFile(lines)
      await file.datasync()
    } finally {
      await file.close()
    }
  }
}

function markOf({ after: _after, ...event }: AuditEvent): AuditEvent | undefined {
  return MARKS.includes(event.action) ? event : undefined
}

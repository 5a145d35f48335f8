import type { UnconfirmedRestore } from '../core/backup/came-back.js'
import type { Postgres } from './postgres/client.js'
import { unconfirmedRestores } from './postgres/restorations.js'
import { RestoreUnconfirmed } from './unavailable.js'

/** How soon a process admits tokens after the restore was confirmed. */
const POLL_MS = 1_000

/**
 * Whether a restore of this site waits to be confirmed. A site becomes so only while it is stopped, so that a process asks
 * at its start, and then only until the answer is no.
 *
 * Attack: a token was revoked after the backup; its thief tries it again when the site is back.
 */
export class RestoreLock {
  readonly #postgres: Pick<Postgres, 'pool'>
  #unconfirmed: readonly UnconfirmedRestore[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(postgres: Pick<Postgres, 'pool'>) {
    this.#postgres = postgres
  }

  get unconfirmed(): readonly UnconfirmedRestore[] {
    return this.#unconfirmed
  }

  /** Asks the database, and goes on asking until every restore is confirmed. A database that does not answer confirms none. */
  async watch(): Promise<void> {
    await this.#read()
    if (this.#unconfirmed.length === 0) return
    this.#timer = setInterval(() => void this.#read().catch(() => undefined), POLL_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** @throws {RestoreUnconfirmed} while a restore is not confirmed */
  refuse(): void {
    if (this.#unconfirmed.length > 0) throw new RestoreUnconfirmed('A restore of this site is not confirmed')
  }

  async #read(): Promise<void> {
    this.#unconfirmed = await unconfirmedRestores(this.#postgres.pool)
    if (this.#unconfirmed.length === 0) this.stop()
  }
}

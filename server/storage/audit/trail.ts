import type { Logger } from 'pino'
import { RefusalCounts } from '../../core/alarm/refusal-counts.js'
import type { ExportedEvent } from '../../core/audit/clean.js'
import { exportEvent } from '../../core/audit/ecs.js'
import type { AuditEvent, AuditedAct, AuditedRefusal } from '../../core/audit/event.js'
import { textIn } from '../../core/audit/terms.js'
import type { Clock } from '../../core/time.js'
import { INTERNAL } from '../../core/token/history.js'
import type { RandomBytes } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import type { Postgres } from '../postgres/client.js'
import { insertEvents } from './events.js'
import { RevocationJournal } from './journal.js'

/** The name of the log lines. */
const LINE = 'audit'

/** Refusals of a process that wait for the table; more are in the log alone, and counted. */
const MAX_WAITING = 1_000

interface TrailParts {
  readonly log: Logger
  /** For errors. */
  readonly siteLog: Logger
  readonly clock: Clock
  readonly random: RandomBytes
  readonly settings: Pick<Settings, 'audit'>
  /** Is told of each event that is logged, besides those of commands. */
  readonly listener?: (events: readonly AuditEvent[]) => void
}

/**
 * The audit trail of a process: each act and each refusal is one event, in the log and in the table `audit_event`.
 *
 * An act is recorded by its unit of work (`record`), which writes the event in the act's own transaction. A refusal has no
 * transaction: it is logged at once, and waits in a bounded queue for {@link flush}.
 */
export class AuditTrail {
  /** Refusals since they were last taken, for an alarm. */
  readonly refusals = new RefusalCounts()
  readonly #parts: TrailParts
  readonly #journal: RevocationJournal | undefined
  #waiting: AuditEvent[] = []
  #overflow = 0

  constructor(parts: TrailParts) {
    this.#parts = parts
    const { journal } = parts.settings.audit
    this.#journal = journal === undefined ? undefined : new RevocationJournal(journal, parts.siteLog)
  }

  /** Makes the events of acts. */
  eventsOf(acts: readonly AuditedAct[]): AuditEvent[] {
    const { clock, random } = this.#parts
    return acts.map((act) => ({ ...act, id: random(16).toString('hex'), at: clock() }))
  }

  /** Makes the event of an act whose identifier is known already. */
  eventOf(act: AuditedAct, id: string): AuditEvent {
    return { ...act, id, at: this.#parts.clock() }
  }

  /** Writes the events that take away to the journal of the site, if it keeps one; before their acts are committed. */
  async journal(events: readonly AuditEvent[]): Promise<void> {
    await this.#journal?.append(events)
  }

  /**
   * Logs events, one line each.
   *
   * @param isCounted whether the refusals are counted for an alarm already
   */
  log(events: readonly AuditEvent[], isCounted = false): void {
    for (const event of events) {
      if (event.code !== undefined && !isCounted) this.refusals.add(event.code)
      this.#parts.log.info(exportEvent(event), LINE)
    }
    this.#parts.listener?.(events)
  }

  /** Logs those events that a command wrote, as they are in the table. */
  logCommands(events: readonly ExportedEvent[]): void {
    for (const event of events)
      if (textIn(event, ['postern', 'channel']) === 'command') this.#parts.log.info(event, LINE)
  }

  /** Records the refusal of an act: in the log now, in the table with the next flush. */
  refuse(refusal: AuditedRefusal): void {
    const events = this.eventsOf([refusal])
    this.log(events)
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(...events)
    else this.#overflow++
  }

  /** Whether checks that pass are events, too. */
  get admissions(): boolean {
    return this.#parts.settings.audit.admissions
  }

  /**
   * Records a check; in the log alone unless the site wants its refusals in the table. No check waits for a write.
   *
   * @param isCounted whether it stands for refusals that are counted for an alarm already
   */
  check(outcome: AuditedAct, isCounted = false): void {
    const { code } = outcome
    if (code !== undefined && this.#parts.settings.audit.checks) this.refuse({ ...outcome, code })
    else this.log(this.eventsOf([outcome]), isCounted)
  }

  /** Writes the waiting refusals to the table. After a failure they wait for the next flush. */
  async flush({ pool }: Pick<Postgres, 'pool'>): Promise<void> {
    const events = [...this.#waiting.splice(0), ...this.#overflowEvent()]
    try {
      await insertEvents(pool, events)
    } catch (error) {
      this.#waiting = [...events, ...this.#waiting].slice(0, MAX_WAITING)
      throw error
    }
  }

  #overflowEvent(): AuditEvent[] {
    const count = this.#overflow
    if (count === 0) return []
    this.#overflow = 0
    const events = this.eventsOf([{ action: 'audit.overflow', actor: INTERNAL, after: { count } }])
    this.log(events)
    return events
  }
}

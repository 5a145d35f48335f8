import type { Logger } from 'pino'
import type { AuditEvent } from '../../core/audit/event.js'
import { BATCH_TYPE, type CloudEvent, signInEvent, usesEvent } from '../../core/events/cloud-event.js'
import { type CountedUses, UseSums } from '../../core/events/use-sums.js'
import type { ProcessCounters } from '../../core/process-counters.js'
import type { RandomBytes } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import { lastWords, postWithRetries } from '../outgoing/post.js'

/** Events that wait; more are dropped, and counted. */
const MAX_WAITING = 10_000
const EVENTS_PER_BATCH = 500
/** Pauses before the tries after the first. */
const RETRY_PAUSES_MS: readonly number[] = [1_000, 5_000, 25_000]

interface SenderParts {
  readonly settings: Pick<Settings, 'events' | 'baseUrl'>
  readonly log: Logger
  readonly counters: Pick<ProcessCounters, 'events'>
  readonly random: RandomBytes
}

/**
 * Sends sign-ins, and sums of uses, to the site's sink, in batches of CloudEvents, one after the other from a bounded queue. No
 * caller waits for it. Without a sink it keeps nothing.
 */
export class EventSender {
  readonly #parts: SenderParts
  readonly #pauses: readonly number[]
  readonly #uses = new UseSums()
  #waiting: CloudEvent[] = []
  #sending: Promise<void> | undefined

  constructor(parts: SenderParts, pauses = RETRY_PAUSES_MS) {
    this.#parts = parts
    this.#pauses = pauses
  }

  /** Whether the site has a sink. */
  get isOn(): boolean {
    return this.#parts.settings.events.sink !== undefined
  }

  /** Sends the sign-ins among events of the audit trail, in the background. */
  signIns(acts: readonly AuditEvent[]): void {
    for (const act of acts) {
      const event = signInEvent(act, this.#parts.settings.baseUrl)
      if (event) this.#enqueue(event)
    }
  }

  /** Adds uses to the sums that {@link sendUses} sends. */
  addUses(uses: Iterable<CountedUses>): void {
    if (!this.isOn) return
    for (const each of uses) if (!this.#uses.add(each)) this.#parts.counters.events.add('dropped')
  }

  /** Sends the sums of the uses since the last time, in the background. */
  sendUses(): void {
    const { random, settings } = this.#parts
    for (const sum of this.#uses.take()) {
      this.#enqueue(usesEvent(sum, random(16).toString('hex'), settings.baseUrl))
    }
  }

  /** Waits for the events under way, for seconds at most; what is left then is lost, and said in the log. */
  async stop(): Promise<void> {
    await lastWords(this.#sending)
    const lost = this.#waiting.splice(0).length
    if (lost > 0) this.#lose('dropped', lost)
  }

  #enqueue(event: CloudEvent): void {
    if (!this.isOn) return
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event)
    else this.#parts.counters.events.add('dropped')
    // In a turn of its own, so that events of one moment are one batch.
    this.#sending ??= new Promise(setImmediate).then(() => this.#sendAll())
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, EVENTS_PER_BATCH)
      if (await this.#send(batch)) this.#parts.counters.events.add('sent', '', batch.length)
      else this.#lose('failed', batch.length)
    }
    // In the same turn as the last look at the queue: an event that comes later starts anew.
    this.#sending = undefined
  }

  async #send(batch: readonly CloudEvent[]): Promise<boolean> {
    const { sink, sinkToken } = this.#parts.settings.events
    if (!sink) return false
    const authorization = sinkToken && { Authorization: `Bearer ${sinkToken.reveal()}` }
    const headers = { 'Content-Type': BATCH_TYPE, ...authorization }
    return postWithRetries({ url: sink, headers, body: JSON.stringify(batch) }, this.#pauses)
  }

  #lose(outcome: 'dropped' | 'failed', events: number): void {
    this.#parts.counters.events.add(outcome, '', events)
    this.#parts.log.warn({ events }, 'Events not sent')
  }
}

import type { Logger } from 'pino'
import { type Alarm, webhookBody } from '../../core/alarm/alarm.js'
import type { ProcessCounters } from '../../core/process-counters.js'
import { redactUrl } from '../../core/redact.js'
import { siteAddress } from '../../core/site/base-path.js'
import type { Settings } from '../../settings/schema.js'
import { lastWords, postWithRetries } from '../outgoing/post.js'
import type { RedisClient } from '../redis/client.js'

/** Alarms that wait; more are dropped, and their number is said with the next. */
const MAX_WAITING = 100
/** Pauses before the tries after the first. */
const RETRY_PAUSES_MS: readonly number[] = [1_000, 5_000, 25_000]

interface SenderParts {
  readonly settings: Pick<Settings, 'alertWebhook' | 'alarms' | 'baseUrl'>
  readonly redis: Pick<RedisClient, 'set'>
  readonly log: Logger
  readonly counters: Pick<ProcessCounters, 'alarms'>
}

/**
 * Sends alarms to the site's webhook, one after the other, from a bounded queue. No caller waits for it. Equal alarms are sent
 * once in a window by all processes together; without Redis, by each.
 */
export class AlarmSender {
  readonly #parts: SenderParts
  readonly #pauses: readonly number[]
  #waiting: Alarm[] = []
  #dropped = 0
  #sending: Promise<void> | undefined

  constructor(parts: SenderParts, pauses = RETRY_PAUSES_MS) {
    this.#parts = parts
    this.#pauses = pauses
  }

  /** Logs an alarm, and sends it in the background. */
  raise({ key, text }: Alarm): void {
    const alarm = { key, text: redactUrl(text) }
    const { log, settings, counters } = this.#parts
    log.warn({ alarm: alarm.text }, 'Alarm')
    if (!settings.alertWebhook) {
      counters.alarms.add('logged')
      return
    }
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(alarm)
    else this.#drop()
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
  }

  /** Waits for the alarms under way, for seconds at most. */
  async stop(): Promise<void> {
    await lastWords(this.#sending)
  }

  #drop(): void {
    this.#dropped++
    this.#parts.counters.alarms.add('dropped')
  }

  async #sendAll(): Promise<void> {
    const { alarms } = this.#parts.counters
    for (let alarm = this.#waiting.shift(); alarm; alarm = this.#waiting.shift()) {
      if (!(await this.#isFirst(alarm))) {
        alarms.add('repeated')
        continue
      }
      const dropped = this.#dropped
      this.#dropped = 0
      const text = dropped === 0 ? alarm.text : `${alarm.text} ${dropped} more alarms were dropped; see the log.`
      alarms.add((await this.#send({ ...alarm, text })) ? 'sent' : 'failed')
    }
  }

  async #isFirst({ key }: Alarm): Promise<boolean> {
    const { redis, settings } = this.#parts
    // An outage of Redis may be the alarm itself.
    return redis.set(`postern:alarm:${key}`, '1', 'EX', settings.alarms.window, 'NX').then(
      (answer) => answer === 'OK',
      () => true,
    )
  }

  async #send(alarm: Alarm): Promise<boolean> {
    const { settings, log } = this.#parts
    const webhook = settings.alertWebhook?.reveal()
    if (webhook === undefined) return false
    const body = JSON.stringify(webhookBody(siteAddress(settings.baseUrl), alarm))
    const headers = { 'Content-Type': 'application/json' }
    if (await postWithRetries({ url: webhook, headers, body }, this.#pauses)) return true
    // The URL is a secret, and so may be an error that quotes it.
    log.error({ tries: this.#pauses.length + 1 }, ALARM_NOT_SENT)
    return false
  }
}

/** The name of the log line; it raises no alarm itself. */
export const ALARM_NOT_SENT = 'Alarm not sent'

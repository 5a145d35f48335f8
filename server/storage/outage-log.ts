import type { Logger } from 'pino'

const INTERVAL_MS = 1_000

interface Occurrences {
  readonly count: number
  /** Of the last one. */
  readonly cause: Cause
}

interface Cause {
  readonly cause: string
  readonly code?: unknown
}

/**
 * Logs what an outage of a store does to many requests: at once, and then once a second with the number of requests and the
 * last cause. A line for each would be a flood of thousands a second, in which the operator finds nothing else.
 */
export class OutageLog {
  readonly #log: Logger
  /** Since the last line, by the event's name, which is of a closed set. */
  readonly #unlogged = new Map<string, Occurrences>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** Logs an event at level warn. */
  warn(event: string, error: unknown): void {
    this.#add('warn', event, error)
  }

  /** Logs an event at level error, which raises an alarm. */
  error(event: string, error: unknown): void {
    this.#add('error', event, error)
  }

  #add(level: 'warn' | 'error', event: string, error: unknown): void {
    const cause = causeOf(error)
    const unlogged = this.#unlogged.get(event)
    if (unlogged) this.#unlogged.set(event, { count: unlogged.count + 1, cause })
    else this.#write(level, event, { count: 1, cause })
  }

  #write(level: 'warn' | 'error', event: string, { cause, count }: Occurrences): void {
    this.#log[level]({ ...cause, count }, event)
    this.#unlogged.set(event, { count: 0, cause })
    setTimeout(() => {
      const since = this.#unlogged.get(event)
      this.#unlogged.delete(event)
      if (since && since.count > 0) this.#write(level, event, since)
    }, INTERVAL_MS).unref()
  }
}

function causeOf(error: unknown): Cause {
  if (!(error instanceof Error)) return { cause: String(error) }
  return { cause: error.message, ...('code' in error && { code: error.code }) }
}

import type { Logger } from 'pino'
import { isUnavailable } from '../../storage/unavailable.js'

export interface Interval {
  /** Cancels further runs and waits for one under way. */
  stop(): Promise<void>
}

/** Runs a job at an interval, never twice at once. A failed run is logged and retried at the next interval. */
export function runEvery(everyMs: number, work: () => Promise<unknown>, log: Logger): Interval {
  let running: Promise<unknown> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = work()
      .catch((error: unknown) => {
        if (isUnavailable(error)) log.warn({ cause: (error as Error).message }, 'Job postponed: store unavailable')
        else log.error({ err: error }, 'Job failed')
      })
      .finally(() => {
        busy = false
      })
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

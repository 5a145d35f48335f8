import type { Logger } from 'pino'
import { isUnavailable } from '../../storage/unavailable.js'

export interface Interval {
  /** No more runs; waits for one under way. */
  stop(): Promise<void>
}

/** Runs a piece of maintenance again and again, one run at a time. A run that fails is logged, and the next one comes. */
export function runEvery(everyMs: number, work: () => Promise<unknown>, log: Logger): Interval {
  let running: Promise<unknown> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = work()
      .catch((error: unknown) => {
        if (isUnavailable(error)) log.warn({ cause: (error as Error).message }, 'Maintenance waits for a store')
        else log.error({ err: error }, 'Maintenance failed')
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

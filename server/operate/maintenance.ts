import type { Logger } from 'pino'
import type { Context } from '../stores/context.js'
import { expireTokens } from '../tokens/expire.js'
import { forgetHistory } from '../tokens/forget-history.js'
import { type Repeated, repeat } from './repeat.js'

const SWEEP_MS = 60_000
const FORGET_MS = 3_600_000

/** What is to be done now and then for the site, by one process of ours. */
export function maintain(context: Context, log: Logger): Repeated {
  const jobs = [
    repeat(SWEEP_MS, () => expireTokens(context), log),
    repeat(FORGET_MS, () => forgetHistory(context), log),
  ]
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()))
    },
  }
}

import type { Logger } from 'pino'
import type { Context } from '../../storage/context.js'
import { forgetHistory } from '../../tokens/prune-history.js'
import { expireTokens } from '../../tokens/sweep-expired.js'
import { endIdleTokens } from '../../tokens/sweep-idle.js'
import { warnOfEnds } from '../../tokens/warn-owners.js'
import { type Repeated, repeat } from './interval.js'
import { mailer } from './mail.js'

const SWEEP_MS = 60_000
const FORGET_MS = 3_600_000
const WARN_MS = 600_000

/** What is to be done for the site now and then, by one process of ours. */
export function maintain(context: Context, log: Logger): Repeated {
  const send = mailer(context.settings)
  const jobs = [
    repeat(SWEEP_MS, () => sweep(context), log),
    repeat(FORGET_MS, () => forgetHistory(context), log),
    repeat(WARN_MS, async () => void (send && (await warnOfEnds(context, send))), log),
  ]
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()))
    },
  }
}

async function sweep(context: Context): Promise<void> {
  await expireTokens(context)
  await endIdleTokens(context)
}

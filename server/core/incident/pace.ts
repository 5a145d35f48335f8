import { DAY, type EpochSeconds, HOUR } from '../time.js'

/** Requests an hour from which on something beside its owner stops with a token: a pipeline, a service. */
const BUSY = 100

/** Uses of a token on this day and the day before, by UTC. */
export interface RecentUse {
  readonly count: number
}

/**
 * Returns how many requests an hour a token had since yesterday began, if they are so many that a program or a service stops with
 * it.
 */
export function busyPace({ count }: RecentUse, now: EpochSeconds): number | undefined {
  const since = (Math.floor(now / DAY) - 1) * DAY
  const pace = Math.round(count / ((now - since) / HOUR))
  return pace >= BUSY ? pace : undefined
}

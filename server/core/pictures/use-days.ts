import { networkOf } from '../notices/place-news.js'
import { DAY, type EpochSeconds } from '../time.js'

/** The uses of a token on one day, by UTC. */
export interface DayUse {
  readonly count: number
  /** Whether it was used from a network that no use before was from. The first use of all is no news. */
  readonly isNewPlace: boolean
}

/** What the log has of a token on one day. */
export interface LoggedDay {
  /** Days from today back: 0 is today. */
  readonly ago: number
  readonly count: number
  /** The addresses that the log has not from a day before. */
  readonly newAddresses: readonly string[]
}

/** Returns the start of a day by UTC, so many days back. */
export function startOfDay(now: EpochSeconds, ago: number): EpochSeconds {
  return (Math.floor(now / DAY) - ago) * DAY
}

/**
 * Lists a token's uses day by day, the oldest first and today last. A place is new by the rule of the notices: by its network,
 * for users move within one.
 *
 * @param logged days of the log in any order; those before the span are only asked for what is known
 */
export function usesByDay(logged: readonly LoggedDay[], days: number): readonly DayUse[] {
  const known = new Set<string>()
  const uses = new Map<number, DayUse>()
  for (const { ago, count, newAddresses } of [...logged].sort((a, b) => b.ago - a.ago)) {
    const networks = new Set(newAddresses.map(networkOf))
    const isFirst = known.size === 0
    const isNewPlace = !isFirst && [...networks].some((network) => !known.has(network))
    for (const network of networks) known.add(network)
    if (count > 0) uses.set(ago, { count, isNewPlace })
  }
  return Array.from({ length: days }, (_, index) => uses.get(days - 1 - index) ?? { count: 0, isNewPlace: false })
}

import type { EpochSeconds } from '../time.js'
import { countByFilter, type Filter, passes } from './filters.js'
import type { Listed } from './listed.js'
import { inOrder } from './order.js'
import type { ListQuery } from './query.js'
import { matches } from './search.js'

/** From so many tokens on there is something to search, to sort and to choose from. */
export const TOOLS_FROM = 8

/** The tokens that a query shows, and how many each filter would show of those that its search finds. */
export interface Shown<T> {
  readonly tokens: readonly T[]
  readonly counts: Readonly<Record<Filter, number>>
}

/** Applies a query to a user's living tokens. */
export function shownTokens<T extends Listed>(
  all: readonly T[],
  { search, show, sort }: ListQuery,
  now: EpochSeconds,
): Shown<T> {
  const found = all.filter((token) => matches(token, search))
  const filtered =
    show === 'ended' ? [] : show === undefined ? found : found.filter((token) => passes(show, token, now))
  return { tokens: inOrder(filtered, sort, now), counts: countByFilter(found, now) }
}

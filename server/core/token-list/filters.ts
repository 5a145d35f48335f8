import { DAY, type EpochSeconds } from '../time.js'
import { hasExpired } from '../token/lifetime.js'
import { type Listed, lastUse, nextEnd } from './listed.js'

/** The filters of the list, in the order of their chips. */
export const FILTERS = ['expiring', 'unused', 'neverExpires', 'neverUsed'] as const
export type Filter = (typeof FILTERS)[number]

/** From so much before its end a list warns about a token. */
export const SOON = 7 * DAY

/** After so long without a use a token is most likely not needed. */
export const UNUSED = 90 * DAY

type Rule = (token: Listed, now: EpochSeconds) => boolean

// biome-ignore format: a table reads in columns
const RULES: Readonly<Record<Filter, Rule>> = {
  expiring:     (token, now) => endsSoon(token, now) && !hasExpired(nextEnd(token), now),
  // A token that was made yesterday is not one that its owner has forgotten.
  unused:       (token, now) => (lastUse(token) ?? token.created) <= now - UNUSED,
  neverExpires: (token) => nextEnd(token) === undefined,
  neverUsed:    (token) => lastUse(token) === undefined,
}

/** Returns whether a filter shows a token. */
export function passes(filter: Filter, token: Listed, now: EpochSeconds): boolean {
  return RULES[filter](token, now)
}

/** Returns whether a token ends within {@link SOON}, or has ended. */
export function endsSoon(token: Listed, now: EpochSeconds): boolean {
  return (nextEnd(token) ?? Number.POSITIVE_INFINITY) - now <= SOON
}

/** Counts the tokens that each filter shows. */
export function countByFilter(tokens: readonly Listed[], now: EpochSeconds): Readonly<Record<Filter, number>> {
  const count = (filter: Filter) => tokens.filter((token) => passes(filter, token, now)).length
  return {
    expiring: count('expiring'),
    unused: count('unused'),
    neverExpires: count('neverExpires'),
    neverUsed: count('neverUsed'),
  }
}

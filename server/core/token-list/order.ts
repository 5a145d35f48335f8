import type { EpochSeconds } from '../time.js'
import { endsSoon } from './filters.js'
import { type Listed, lastUse, nextEnd } from './listed.js'

/** The orders of the list, the default first. */
export const SORTS = ['default', 'expiring', 'used', 'neverUsed', 'newest', 'name'] as const
export type Sort = (typeof SORTS)[number]

type Compare<T> = (a: T, b: T) => number

const NEVER = Number.POSITIVE_INFINITY
const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

const end = (token: Listed) => nextEnd(token) ?? NEVER
const newest: Compare<Listed> = (a, b) => b.created - a.created || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** Returns tokens in an order; of equals the newest comes first. */
export function inOrder<T extends Listed>(tokens: readonly T[], sort: Sort, now: EpochSeconds): readonly T[] {
  const compare = COMPARE[sort](now)
  return [...tokens].sort((a, b) => compare(a, b) || newest(a, b))
}

// biome-ignore format: a table reads in columns
const COMPARE: Readonly<Record<Sort, (now: EpochSeconds) => Compare<Listed>>> = {
  /** Those that need a look first: they end within a week. */
  default:   (now) => by((token) => (endsSoon(token, now) ? end(token) : NEVER)),
  expiring:  () => by(end),
  used:      () => by((token) => -(lastUse(token) ?? 0)),
  neverUsed: () => by((token) => lastUse(token) ?? 0),
  newest:    () => newest,
  name:      () => (a, b) => names.compare(a.name ?? a.key, b.name ?? b.key),
}

/** Infinity less infinity is no number. */
function by(rank: (token: Listed) => number): Compare<Listed> {
  return (a, b) => {
    const [one, other] = [rank(a), rank(b)]
    return one === other ? 0 : one - other
  }
}

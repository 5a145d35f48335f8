import type { QueriesByKind } from './query-count.js'

/** What the stores were asked in some seconds. */
export interface Asked {
  readonly kinds: QueriesByKind
  readonly seconds: number
}

/** Queries a second: all of them with junk and without, and those that junk is the cause of. */
export interface JunkQueries {
  readonly without: number
  readonly with: number
  readonly because: number
  /** The kinds that junk is the cause of. */
  readonly kinds: Readonly<Record<string, number>>
}

/** A job's timer drifts: so much more of a query that a process asks without junk, too, is no work of junk. */
const DRIFT = 0.1

/** Tells the queries that junk is the cause of from those that the process asks by itself. */
export function junkQueries(without: Asked, withJunk: Asked): JunkQueries {
  const kinds: Record<string, number> = {}
  for (const [kind, count] of withJunk.kinds) {
    const [own, now] = [(without.kinds.get(kind) ?? 0) / without.seconds, count / withJunk.seconds]
    if (now > own * (1 + DRIFT)) kinds[kind] = now - own
  }
  const because = Object.values(kinds).reduce((sum, each) => sum + each, 0)
  return { without: rateOf(without), with: rateOf(withJunk), because, kinds }
}

function rateOf({ kinds, seconds }: Asked): number {
  return [...kinds.values()].reduce((sum, each) => sum + each, 0) / seconds
}

/** Returns what was asked between two counts. */
export function askedBetween(before: QueriesByKind, after: QueriesByKind, seconds: number): Asked {
  const kinds = [...after].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
  return { kinds: new Map(kinds.filter(([, count]) => count > 0)), seconds }
}

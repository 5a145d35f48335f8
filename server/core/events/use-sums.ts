import type { EpochSeconds } from '../time.js'
import type { TokenType } from '../token/record.js'

/** Uses of a user's tokens of one type. */
export interface CountedUses {
  readonly username: string
  readonly type: TokenType
  readonly count: number
  readonly first: EpochSeconds
  readonly last: EpochSeconds
}

/** How often a user's tokens of one type were used in a span of time. */
export interface UseSum {
  readonly username: string
  readonly tokenType: TokenType
  readonly count: number
  readonly since: EpochSeconds
  readonly until: EpochSeconds
}

/** Sums that are told apart between two takings; memory is bounded even if every account of a large site comes at once. */
const MAX_SUMS = 5_000

/** Sums uses by user and by type of token. */
export class UseSums {
  #sums = new Map<string, UseSum>()

  /** Returns false if there are too many sums for one more. */
  add({ username, type, count, first, last }: CountedUses): boolean {
    const name = `${type} ${username}`
    const known = this.#sums.get(name)
    if (!known && this.#sums.size >= MAX_SUMS) return false
    this.#sums.set(name, {
      username,
      tokenType: type,
      count: (known?.count ?? 0) + count,
      since: Math.min(known?.since ?? first, first),
      until: Math.max(known?.until ?? last, last),
    })
    return true
  }

  /** Returns the sums since they were last taken, and begins anew. */
  take(): UseSum[] {
    const sums = [...this.#sums.values()]
    this.#sums = new Map()
    return sums
  }
}

import type { RefusalCode } from '../access/refusal.js'

/** Refusals of every day, which say nothing of an attack: visits before a sign-in, wrong addresses, quotas. */
const EVERYDAY: ReadonlySet<RefusalCode> = new Set([
  'no_authorization',
  'not_found',
  'method_not_allowed',
  'options_not_supported',
  'rate_limited',
])

/** Counts refusals by code, until they are added to those of the other processes. */
export class RefusalCounts {
  #counts = new Map<RefusalCode, number>()

  add(code: RefusalCode): void {
    if (!EVERYDAY.has(code)) this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
  }

  /** Returns the counts since the last call. */
  take(): ReadonlyMap<RefusalCode, number> {
    const counts = this.#counts
    this.#counts = new Map()
    return counts
  }
}

/** Returns whether a sum has reached a threshold with its last addition: true once, for one process of all. */
export function hasJustReached(threshold: number, sum: number, added: number): boolean {
  return sum >= threshold && sum - added < threshold
}

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
  /** The window in which a code has last reached the threshold. */
  readonly #reached = new Map<RefusalCode, number>()

  add(code: RefusalCode): void {
    if (!EVERYDAY.has(code)) this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
  }

  /**
   * Returns the counts since the last call, of the codes that may still reach the threshold in a window: a flood of refusals
   * then costs no store anything for the rest of it.
   */
  take(window: number): ReadonlyMap<RefusalCode, number> {
    const counts = this.#counts
    this.#counts = new Map()
    for (const code of counts.keys()) if (this.#reached.get(code) === window) counts.delete(code)
    return counts
  }

  /** Notes that a code has reached the threshold in a window. */
  noteReached(code: RefusalCode, window: number): void {
    this.#reached.set(code, window)
  }
}

/** Returns whether a sum has reached a threshold with its last addition: true once, for one process of all. */
export function hasJustReached(threshold: number, sum: number, added: number): boolean {
  return sum >= threshold && sum - added < threshold
}

import type { CachedLocation } from './location.js'

/** How many locations in use an eviction passes over. */
const MAX_SECOND_CHANCES = 16

/**
 * Holds locations by the URL of their auth subrequest, up to a number; evicts those not in use first (CLOCK). By hand: lru-cache
 * reorders its list at every hit, which takes as long as a tenth of the check.
 */
export class CachedLocations {
  readonly #byUrl = new Map<string, CachedLocation>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#byUrl.size
  }

  has(url: string): boolean {
    return this.#byUrl.has(url)
  }

  get(url: string): CachedLocation | undefined {
    const location = this.#byUrl.get(url)
    if (location) location.isRecentlyUsed = true
    return location
  }

  set(url: string, location: CachedLocation): void {
    this.#byUrl.delete(url)
    this.#byUrl.set(url, location)
    let spared = 0
    for (const [oldest, each] of this.#byUrl) {
      if (this.#byUrl.size <= this.#max) return
      this.#byUrl.delete(oldest)
      if (!each.isRecentlyUsed || spared === MAX_SECOND_CHANCES) continue
      spared++
      each.isRecentlyUsed = false
      this.#byUrl.set(oldest, each)
    }
  }
}

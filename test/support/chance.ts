/** Chance that comes out the same for the same seed. */
export interface Chance {
  /** From 0 up to, but not, 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  pick<T>(from: readonly T[]): T
  /** Lots for something that goes on beside others: how many each draws does not change what the others get. */
  branch(): Chance
}

/** Mulberry32: enough for drawing lots. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (from) => {
      if (from.length === 0) throw new Error('There is nothing to pick from')
      return from[Math.floor(next() * from.length)] as (typeof from)[number]
    },
    branch: () => chanceOf(Math.floor(next() * 2 ** 32)),
  }
}

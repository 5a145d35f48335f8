/** Draws lots that a seed repeats; quick, because the fuzzing draws a dozen for each request. */
export interface Chance {
  /** A whole number from 0. */
  below(end: number): number
  of<T>(all: readonly T[]): T
}

/** Draws by xorshift32. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0 || 1
  const below = (end: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % end
  }
  return {
    below,
    of: (all) => {
      const one = all[below(all.length)]
      if (one === undefined) throw new Error('Nothing to draw from')
      return one
    },
  }
}

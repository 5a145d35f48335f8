import type { EpochSeconds } from '../../../core/time.js'
import type { Words } from '../../../words/words.js'

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** Formats seconds in the largest unit that divides them: `60 days`. */
export function duration(seconds: EpochSeconds, words: Words): string {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? UNITS[3]
  return words.text('time.duration', { unit, count: seconds / size })
}

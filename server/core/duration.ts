import type { EpochSeconds } from './time.js'

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
] as const

/** Counts seconds in the largest unit that divides them: 60 and `day`. */
export function inLargestUnit(seconds: EpochSeconds) {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? ([1, 'second'] as const)
  return { count: seconds / size, unit }
}

/** Formats seconds in the largest unit that divides them, for programs: `60 days`. */
export function inWords(seconds: EpochSeconds): string {
  const { count, unit } = inLargestUnit(seconds)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

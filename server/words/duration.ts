import { inLargestUnit } from '../core/duration.js'
import type { EpochSeconds } from '../core/time.js'
import type { Words } from './words.js'

/** Formats seconds in the largest unit that divides them: `60 days`. */
export function duration(seconds: EpochSeconds, words: Words): string {
  return words.text('time.duration', inLargestUnit(seconds))
}

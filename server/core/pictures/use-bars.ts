import type { DayUse } from './use-days.js'

/** How many days have a bar: in each row of the list, and on a token's own page. */
export const LIST_DAYS = 30
export const PAGE_DAYS = 90

/** Units from one bar to the next, two of which the bar takes. */
const PITCH = 3

/** Room above the highest bar for a mark. */
const MARK_ROOM = 5

/** Uses of one day that reach the top, by the scale of {@link barHeight}. */
const TOP = 10_000

/** A token's uses as a picture of bars, one a day, today at the right. */
export interface UseBars {
  readonly width: number
  readonly height: number
  /** One path with a stroke for each bar; its y axis points upwards. */
  readonly path: string
  /** Where the hollow marks are, by the same axes: days with a place that is new. */
  readonly marks: readonly { readonly x: number; readonly y: number }[]
  readonly days: number
  readonly usedDays: number
  /** Uses of the busiest day. */
  readonly most: number
  readonly total: number
}

/**
 * Returns the height of a bar, from 1 to `levels`; 0 without a use. The scale is logarithmic and the same for all tokens, so
 * that a pipeline and a person are told apart, and one use is seen beside ten thousand.
 */
export function barHeight(count: number, levels: number): number {
  if (count <= 0) return 0
  return Math.round(1 + (levels - 1) * Math.min(1, Math.log10(count) / Math.log10(TOP)))
}

/**
 * Draws the bars of a token's uses.
 *
 * @param days the oldest first, today last
 * @param levels heights that are told apart; up to nine need one digit each, and 30 bars then less than 200 bytes
 */
export function useBars(days: readonly DayUse[], levels = 9): UseBars {
  const bars = days
    .map(({ count, isNewPlace }, index) => ({ x: 1 + PITCH * index, h: barHeight(count, levels), isNewPlace }))
    .filter(({ h }) => h > 0)
  const counts = days.map(({ count }) => count)
  return {
    width: PITCH * days.length - 1,
    height: levels + MARK_ROOM,
    path: bars
      .map(({ x, h }, index) => {
        const before = bars[index - 1]
        return before ? `m${x - before.x}-${before.h}v${h}` : `M${x} 0v${h}`
      })
      .join(''),
    marks: bars.filter(({ isNewPlace }) => isNewPlace).map(({ x, h }) => ({ x, y: h + MARK_ROOM / 2 })),
    days: days.length,
    usedDays: bars.length,
    most: Math.max(0, ...counts),
    total: counts.reduce((sum, count) => sum + count, 0),
  }
}

import { barHeight } from './use-bars.js'

/** Shades that are told apart. */
const SHADES = 4
const PITCH = 3

/** Uses from one place as a strip, a block a day, the darker the more; today at the right. */
export interface HeatStrip {
  readonly width: number
  /** One path for each shade that there is, the lightest first. */
  readonly shades: readonly { readonly shade: number; readonly path: string }[]
  readonly days: number
  readonly usedDays: number
}

/**
 * Draws the uses from one place.
 *
 * @param counts uses by day, the oldest first, today last
 */
export function heatStrip(counts: readonly number[]): HeatStrip {
  const paths = new Map<number, string>()
  counts.forEach((count, index) => {
    const shade = barHeight(count, SHADES)
    if (shade > 0) paths.set(shade, `${paths.get(shade) ?? ''}M${1 + PITCH * index} 0v1`)
  })
  return {
    width: PITCH * counts.length - 1,
    shades: [...paths].sort(([a], [b]) => a - b).map(([shade, path]) => ({ shade, path })),
    days: counts.length,
    usedDays: counts.filter((count) => count > 0).length,
  }
}

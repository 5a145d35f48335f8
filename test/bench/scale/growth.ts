/** A figure of a site of so many processes. */
export interface Point {
  readonly processes: number
  readonly count: number
}

/** Counts that differ by less than this exponent are the same: what is sent together differs from run to run. */
const SAME = 0.4
/** Above a line. */
const LINE = 1.1

/** The exponent with which a figure grows: 0 for one that stays, 1 for one in proportion, 2 for a square. */
export function exponent(from: Point, to: Point): number {
  if (from.count === 0) return to.count === 0 ? 0 : Number.POSITIVE_INFINITY
  return Math.log(to.count / from.count) / Math.log(to.processes / from.processes)
}

/**
 * Continues what was counted at some sizes to any other: as it is where it stays the same or falls, along the line through the last two
 * points, or by their power where that grows faster than a line.
 */
export function continued(points: readonly Point[], processes: number): number {
  const [first] = points
  const [before, last] = points.slice(-2)
  if (!first || !before || !last) throw new Error('Growth takes two points at least')
  const power = exponent(before, last)
  if (power === Number.POSITIVE_INFINITY) return last.count * (processes / last.processes)
  if (exponent(first, last) < SAME) return points.reduce((sum, { count }) => sum + count, 0) / points.length
  if (power > LINE) return last.count * (processes / last.processes) ** power
  const slope = (last.count - before.count) / (last.processes - before.processes)
  return Math.max(last.count, last.count + slope * (processes - last.processes))
}

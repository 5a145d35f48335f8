/** A rectangle of a picture; y grows downwards, as in SVG. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The room that a picture has. */
export interface Frame {
  readonly width: number
  readonly height: number
}

/** Columns of stacked bars. */
export interface StackedBars {
  /** By series, then by column; absent where the value is 0. */
  readonly bars: readonly (readonly (Rect | undefined)[])[]
  /** Each column from top to bottom, for a pointer that asks for its values. */
  readonly columns: readonly Rect[]
  /** The value at the upper edge of the frame. */
  readonly top: number
}

/** The part of a column that its bar takes. */
const BAR_SHARE = 0.8

/** A value is seen beside one that is a thousand times as large. */
const LEAST_HEIGHT = 2

/**
 * Draws columns of values that are stacked upon each other, the first series at the bottom. Columns are on one scale, which
 * begins at 0 and ends at a round number.
 *
 * @param series of equal length; values that are negative or no numbers count as 0
 */
export function stackedBars(series: readonly (readonly number[])[], { width, height }: Frame): StackedBars {
  const values = series.map((each) => each.map((value) => (value > 0 && Number.isFinite(value) ? value : 0)))
  const count = Math.max(0, ...values.map((each) => each.length))
  const indexes = Array.from({ length: count }, (_, index) => index)
  const top = roundUp(Math.max(0, ...indexes.map((index) => sumOf(values, index))))
  const least = Math.min(LEAST_HEIGHT, height / Math.max(1, series.length))
  // Room for the bars that are higher than their value is.
  const scale = top === 0 ? 0 : (height - least * Math.max(0, series.length - 1)) / top
  const pitch = width / Math.max(1, count)
  const bars = values.map((): (Rect | undefined)[] => [])
  for (const index of indexes) {
    let y = height
    for (const [at, each] of values.entries()) {
      const value = each[index] ?? 0
      const barHeight = value === 0 ? 0 : Math.max(least, value * scale)
      y -= barHeight
      const x = pitch * (index + (1 - BAR_SHARE) / 2)
      bars[at]?.push(value === 0 ? undefined : rounded({ x, y, width: pitch * BAR_SHARE, height: barHeight }))
    }
  }
  return { bars, columns: indexes.map((index) => rounded({ x: pitch * index, y: 0, width: pitch, height })), top }
}

/** Returns the width of a bar in a list of bars. */
export function barWidth(value: number, most: number, width: number): number {
  if (!(value > 0) || !(most > 0)) return 0
  return round(Math.min(width, Math.max(LEAST_HEIGHT, (value / most) * width)))
}

/** Writes rectangles as the path of one SVG element. */
export function pathOf(rects: readonly (Rect | undefined)[]): string {
  return rects.map((each) => (each ? `M${each.x} ${each.y}h${each.width}v${each.height}h-${each.width}z` : '')).join('')
}

/** Returns the least number of the form 1, 2 or 5 times a power of ten that is not less. */
export function roundUp(value: number): number {
  if (value <= 0) return 0
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10
  return step * power
}

function sumOf(values: readonly (readonly number[])[], index: number): number {
  return values.reduce((sum, each) => sum + (each[index] ?? 0), 0)
}

function rounded({ x, y, width, height }: Rect): Rect {
  return { x: round(x), y: round(y), width: round(width), height: round(height) }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

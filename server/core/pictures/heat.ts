import type { Frame, Rect } from './bars.js'

/** How many shades a value can have; 0 is none. */
export const LEVELS = 5

/** A cell of a heat map. */
export interface HeatCell extends Rect {
  readonly value: number
  /** From 0, for no value, to {@link LEVELS}. */
  readonly level: number
}

/**
 * Returns the shade of a value beside the largest. The scale is logarithmic: a service with few checks is seen beside one with
 * a thousand times as many.
 */
export function heatLevel(value: number, most: number): number {
  if (!(value > 0) || !(most > 0)) return 0
  if (value >= most) return LEVELS
  return Math.max(1, Math.ceil((Math.log1p(value) / Math.log1p(most)) * LEVELS))
}

/** Draws a row of a heat map, a cell for each value. */
export function heatRow(values: readonly number[], most: number, { width, height }: Frame): readonly HeatCell[] {
  const pitch = width / Math.max(1, values.length)
  const gap = pitch * 0.06
  return values.map((value, index) => ({
    x: round(pitch * index + gap),
    y: 0,
    width: round(pitch - 2 * gap),
    height,
    value,
    level: heatLevel(value, most),
  }))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { barWidth, type Frame, pathOf, type Rect, roundUp, stackedBars } from '../../../server/core/pictures/bars.js'

const FRAME = { width: 480, height: 120 }
/** Positions are rounded to hundredths. */
const ROUNDING = 0.03

const value = fc.oneof(fc.nat(10), fc.nat(100_000_000), fc.constantFrom(0, 1e-9, -5, Number.NaN, 1e15))
const columns = fc
  .integer({ min: 1, max: 3 })
  .chain((series) =>
    fc
      .integer({ min: 0, max: 40 })
      .chain((length) =>
        fc.array(fc.array(value, { minLength: length, maxLength: length }), { minLength: series, maxLength: series }),
      ),
  )
const frames = fc.record({ width: fc.integer({ min: 10, max: 2000 }), height: fc.integer({ min: 10, max: 500 }) })

const isInside = ({ x, y, width, height }: Rect, frame: Frame) =>
  x >= 0 &&
  y >= -ROUNDING &&
  width >= 0 &&
  height >= 0 &&
  x + width <= frame.width + ROUNDING &&
  y + height <= frame.height + ROUNDING

const counted = (value: number | undefined) => (value !== undefined && value > 0 ? value : 0)

describe('stacked bars', () => {
  it('are never outside of their frame', () => {
    fc.assert(
      fc.property(columns, frames, (series, frame) => {
        const { bars, columns } = stackedBars(series, frame)
        for (const rect of [...bars.flat(), ...columns]) expect(rect === undefined || isInside(rect, frame)).toBe(true)
      }),
    )
  })

  it('stand upon each other without a gap, the lowest upon the ground', () => {
    fc.assert(
      fc.property(columns, (series) => {
        const { bars } = stackedBars(series, FRAME)
        for (const index of series[0]?.keys() ?? []) {
          let ground = FRAME.height
          for (const bar of bars.map((each) => each[index])) {
            if (!bar) continue
            expect(Math.abs(bar.y + bar.height - ground)).toBeLessThan(ROUNDING)
            ground = bar.y
          }
        }
      }),
    )
  })

  it('are there for each value, and for no other', () => {
    fc.assert(
      fc.property(columns, (series) => {
        const { bars } = stackedBars(series, FRAME)
        expect(bars.map((each) => each.map((bar) => bar !== undefined))).toEqual(
          series.map((each) => each.map((value) => counted(value) > 0)),
        )
      }),
    )
  })

  it('have heights by their values, but that the least are seen', () => {
    fc.assert(
      fc.property(columns, (series) => {
        const { bars, top } = stackedBars(series, FRAME)
        const scale = (FRAME.height - 2 * (series.length - 1)) / top
        for (const [at, each] of series.entries()) {
          for (const [index, value] of each.entries()) {
            const height = bars[at]?.[index]?.height ?? 0
            const right = counted(value) === 0 ? 0 : Math.max(2, counted(value) * scale)
            expect(Math.abs(height - right)).toBeLessThan(ROUNDING)
          }
        }
      }),
    )
  })

  it('reach to a round number that no column is higher than', () => {
    fc.assert(
      fc.property(columns, (series) => {
        const { top } = stackedBars(series, FRAME)
        for (const index of series[0]?.keys() ?? [])
          expect(series.reduce((sum, each) => sum + counted(each[index]), 0)).toBeLessThanOrEqual(top * (1 + 1e-12))
      }),
    )
    expect([0, 1, 3, 7, 10, 11, 1234].map(roundUp)).toEqual([0, 1, 5, 10, 10, 20, 2000])
  })

  it('are one path', () => {
    const { bars } = stackedBars([[1, 0, 2]], { width: 30, height: 20 })
    expect(pathOf(bars[0] ?? [])).toBe('M1 10h8v10h-8zM21 0h8v20h-8z')
  })
})

describe('a bar in a list', () => {
  it('is as long as its part of the most, seen when it is small, and never longer than there is room', () => {
    fc.assert(
      fc.property(value, value, (one, most) => {
        const width = barWidth(one, most, 200)
        expect(width).toBeGreaterThanOrEqual(0)
        expect(width).toBeLessThanOrEqual(200)
      }),
    )
    expect([barWidth(0, 10, 200), barWidth(1, 1000, 200), barWidth(5, 10, 200)]).toEqual([0, 2, 100])
  })
})

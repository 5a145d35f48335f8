import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { heatLevel, heatRow, LEVELS } from '../../../server/core/pictures/heat.js'

const counts = fc.array(fc.oneof(fc.nat(10), fc.nat(10_000_000)), { maxLength: 40 })

describe('a heat map', () => {
  it('has a cell for each value, one after the other and none outside of the frame', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 40, max: 2000 }), (values, width) => {
        const cells = heatRow(values, Math.max(0, ...values), { width, height: 10 })
        expect(cells.map(({ value }) => value)).toEqual(values)
        let edge = 0
        for (const cell of cells) {
          expect(cell.x).toBeGreaterThanOrEqual(edge - 0.02)
          expect(cell.width).toBeGreaterThan(0)
          edge = cell.x + cell.width
        }
        expect(edge).toBeLessThanOrEqual(width + 0.02)
      }),
    )
  })

  it('shades more the more there is: nothing for none, the most for the most', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(1_000_000), (a, b, c) => {
        const [low, middle, most] = [a, b, c].sort((x, y) => x - y) as [number, number, number]
        expect(heatLevel(low, most)).toBeLessThanOrEqual(heatLevel(middle, most))
        expect(heatLevel(low, most) === 0).toBe(low === 0)
        expect(heatLevel(most, most)).toBe(most === 0 ? 0 : LEVELS)
      }),
    )
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { loadOrder } from '../../../server/core/backup/load-order.js'

describe('the order in which tables are loaded', () => {
  it('has each table after those that its rows refer to', () => {
    const name = fc.integer({ min: 0, max: 9 }).map((number) => `t${number}`)
    // A reference to a table with a lower number makes no circle; one to itself neither.
    const reference = fc.tuple(name, name).map(([a, b]) => (a > b ? { from: a, to: b } : { from: b, to: a }))
    fc.assert(
      fc.property(fc.array(reference), (references) => {
        const tables = [...new Set(references.flatMap(({ from, to }) => [from, to]))]
        const order = loadOrder(tables, references)
        expect([...order].sort()).toEqual(tables.sort())
        for (const { from, to } of references.filter(({ from, to }) => from !== to))
          expect(order.indexOf(from)).toBeGreaterThan(order.indexOf(to))
      }),
    )
  })

  it('does not exist for tables that refer to one another', () => {
    const circle = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]
    expect(() => loadOrder(['a', 'b', 'c'], circle)).toThrow('Tables that refer to one another: a, b')
  })
})

import { describe, expect, it } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { csvOf, objectsOf } from '../../../server/core/tables/csv.js'

describe('a table as CSV', () => {
  it('is read back as it was, with any text in its cells', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.integer())), (rows) => {
        const read: string[][] = parse(csvOf({ columns: ['name', 'count'], rows }), { record_delimiter: '\r\n' })
        const unmarked = ([name = '', count = '']: string[]) => [name.replace(/^'(?=\r)/, ''), count]
        expect(read.slice(1).map(unmarked)).toEqual(rows.map(([name, count]) => [name, String(count)]))
      }),
    )
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('has no formula in it: %j', (name) => {
    expect(csvOf({ columns: ['name'], rows: [[name]] })).toBe(`name\r\n'${name}\r\n`)
  })

  it('leaves numbers as they are', () => {
    expect(csvOf({ columns: ['n'], rows: [[-5]] })).toBe('n\r\n-5\r\n')
  })
})

it('has an object for each row', () => {
  expect(objectsOf({ columns: ['name', 'count'], rows: [['tap', 7]] })).toEqual([{ name: 'tap', count: 7 }])
})

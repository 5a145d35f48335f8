import { expect, it } from '@jest/globals'
import { askedBetween, junkQueries } from './junk-queries.js'
import { countQueries } from './query-count.js'

const seconds = 10
const asked = (kinds: Record<string, number>) => ({ kinds: new Map(Object.entries(kinds)), seconds })

it('queries that a process asks without junk, too, count with what they are more than a drift of its timers', () => {
  const found = junkQueries(asked({ beat: 38, sweep: 1 }), asked({ beat: 40, sweep: 6, lookup: 8 }))
  expect(found).toMatchObject({ without: 3.9, with: 5.4, kinds: { sweep: 0.5, lookup: 0.8 } })
  expect(found.because).toBeCloseTo(1.3)
})

it('what was asked before a measurement is no part of it', () => {
  const found = askedBetween(new Map([['old', 3]]), new Map(Object.entries({ old: 3, lookup: 2 })), seconds)
  expect([...found.kinds]).toEqual([['lookup', 2]])
})

it('statements are counted by their name or their beginning, and commands by the beginning of their key', () => {
  const queries = countQueries()
  const message = (type: string, body: string) => {
    const head = Buffer.alloc(5, type)
    head.writeUInt32BE(4 + body.length, 1)
    return Buffer.concat([head, Buffer.from(body)])
  }
  const start = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])
  queries.ofPostgres(
    Buffer.concat([start, message('P', 'find\0SELECT 1\0'), message('B', '\0find\0'), message('E', '\0')]),
    1,
  )
  const second = Buffer.concat([
    message('P', '\0SELECT\n  2\0'),
    message('B', '\0\0'),
    message('E', '\0'),
    message('Q', 'BEGIN\0'),
  ])
  queries.ofPostgres(second.subarray(0, 9), 1)
  queries.ofPostgres(second.subarray(9), 1)
  queries.ofRedis(
    Buffer.from('*3\r\n$6\r\nincrby\r\n$22\r\npostern:refusals:{a:17}\r\n$1\r\n5\r\n*1\r\n$4\r\nPING\r\n'),
  )
  expect([...queries.kinds().keys()]).toEqual(['find', 'SELECT 2', 'BEGIN', 'incrby postern:refusals', 'ping'])
  expect(queries.count()).toBe(5)
})

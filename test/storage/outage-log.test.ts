import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { pino } from 'pino'
import { OutageLog } from '../../server/storage/outage-log.js'

const EVENT = 'Check failed, store unavailable'

let lines: { level: number; msg: string; count: number; cause: string; code?: string }[]
let outages: OutageLog

beforeEach(() => {
  jest.useFakeTimers()
  lines = []
  outages = new OutageLog(pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) }))
})
afterEach(() => {
  jest.useRealTimers()
})

const failed = (cause: string) => outages.warn(EVENT, new Error(cause))

describe('an outage', () => {
  it('is logged at once, and then once a second with the number and the last cause', () => {
    for (let check = 0; check < 1_000; check++) failed(`cause ${check}`)
    expect(lines).toEqual([{ level: 40, msg: EVENT, count: 1, cause: 'cause 0' }])
    jest.advanceTimersByTime(999)
    expect(lines).toHaveLength(1)
    jest.advanceTimersByTime(1)
    expect(lines.slice(1)).toEqual([{ level: 40, msg: EVENT, count: 999, cause: 'cause 999' }])
    failed('in the next second')
    expect(lines).toHaveLength(2)
    jest.advanceTimersByTime(1_000)
    expect(lines.slice(2)).toEqual([{ level: 40, msg: EVENT, count: 1, cause: 'in the next second' }])
  })

  it('that has ended is logged no more, and the next one at once', () => {
    failed('first')
    jest.advanceTimersByTime(5_000)
    expect(lines).toHaveLength(1)
    failed('second')
    expect(lines.map(({ cause }) => cause)).toEqual(['first', 'second'])
  })

  it('does not hide an event of another name', () => {
    failed('Redis')
    outages.error('Redis connection lost', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    expect(lines[1]).toEqual({
      level: 50,
      msg: 'Redis connection lost',
      count: 1,
      cause: 'refused',
      code: 'ECONNREFUSED',
    })
  })
})

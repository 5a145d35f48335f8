import { describe, expect, it } from '@jest/globals'
import { Distribution, LabelledCounter } from '../../server/core/counters.js'
import { OperatorError } from '../../server/core/operator-error.js'
import { ProcessCounters } from '../../server/core/process-counters.js'

describe('a counter', () => {
  it('counts by both labels, in the order of their first event', () => {
    const counter = new LabelledCounter()
    expect([...counter]).toEqual([])
    counter.add('redis', 'lost')
    counter.add('redis', 'made', 3)
    counter.add('postgres')
    counter.add('redis', 'lost')
    expect([...counter]).toEqual([
      ['redis', 'lost', 2],
      ['redis', 'made', 3],
      ['postgres', '', 1],
    ])
  })
})

describe('a counter with outcomes', () => {
  it('has a zero for each before its first event: a series that begins with an event shows no increase', () => {
    const counter = new LabelledCounter('sent', 'failed')
    counter.add('failed')
    expect([...counter]).toEqual([
      ['sent', '', 0],
      ['failed', '', 1],
    ])
    const { alarms, mails } = new ProcessCounters()
    expect([...alarms].map(([outcome]) => outcome)).toEqual(['sent', 'repeated', 'dropped', 'failed', 'logged'])
    expect([...mails].map(([outcome]) => outcome)).toEqual(['sent', 'failed'])
  })
})

describe('a histogram', () => {
  it('has a zero for each bucket before its first value, and one bucket more than bounds', () => {
    expect(new Distribution([1, 10]).counts).toEqual([0, 0, 0])
  })

  it('counts a value in the first bucket whose bound is not below it', () => {
    const histogram = new Distribution([1, 10])
    for (const value of [0.5, 1, 1.5, 10, 11, 1000]) histogram.record(value)
    expect(histogram.counts).toEqual([2, 2, 2])
    expect(histogram.sum).toBe(1024)
    expect(histogram.bounds).toEqual([1, 10])
  })
})

describe('the counters of a process', () => {
  it('begin empty, with ascending bounds from a tenth of a millisecond to five seconds', () => {
    const { checks, checkSeconds, signIns, storeErrors, storeConnections, lostUses } = new ProcessCounters()
    expect([checks, signIns, storeErrors, storeConnections].map((each) => [...each])).toEqual([[], [], [], []])
    expect(lostUses).toBe(0)
    expect([...checkSeconds.bounds].sort((a, b) => a - b)).toEqual(checkSeconds.bounds)
    expect([checkSeconds.bounds[0], checkSeconds.bounds.at(-1)]).toEqual([0.0001, 5])
  })
})

describe('an operator’s error', () => {
  it('has a message, a remedy and its cause', () => {
    const cause = new Error('ECONNREFUSED')
    const error = new OperatorError('Redis does not answer', 'Start it.', { cause })
    expect([error.name, error.message, error.remedy, error.cause]).toEqual([
      'OperatorError',
      'Redis does not answer',
      'Start it.',
      cause,
    ])
  })
})

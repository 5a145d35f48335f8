import { describe, expect, it } from '@jest/globals'
import { CheckTallies, MAX_SERVICES, OTHER_SERVICES } from '../../../server/core/tallies/check-tallies.js'

describe('tallies of checks', () => {
  it('are taken once, by service and outcome, and begin again', () => {
    const tallies = new CheckTallies()
    const cell = tallies.of('tap', 'admitted')
    cell.count += 2
    tallies.of(undefined, 'invalid_token').count++
    expect(tallies.take()).toEqual([
      { service: 'tap', outcome: 'admitted', code: 'none', count: 2 },
      { service: '', outcome: 'refused', code: 'invalid_token', count: 1 },
    ])
    expect(tallies.take()).toEqual([])
    cell.count++
    expect(tallies.take()).toEqual([{ service: 'tap', outcome: 'admitted', code: 'none', count: 1 }])
  })

  it('tell a bounded number of services apart, however many a client names', () => {
    const tallies = new CheckTallies()
    for (let index = 0; index < 10 * MAX_SERVICES; index++) tallies.of(`service-${index}`, 'admitted').count++
    const taken = tallies.take()
    expect(taken).toHaveLength(MAX_SERVICES + 1)
    expect(taken.find(({ service }) => service === OTHER_SERVICES)?.count).toBe(9 * MAX_SERVICES)
  })

  it.each(['a\u0000b', '\ud800', 'x'.repeat(65)])('count a name that no table takes with the others', (name) => {
    const tallies = new CheckTallies()
    tallies.of(name, 'admitted').count++
    expect(tallies.take().map(({ service }) => service)).toEqual([OTHER_SERVICES])
  })
})

import { describe, expect, it } from '@jest/globals'
import { startOfDay, usesByDay } from '../../../server/core/pictures/use-days.js'

const logged = (ago: number, count: number, ...newAddresses: string[]) => ({ ago, count, newAddresses })

describe('the uses of a token by day', () => {
  it('are in the order of the days, today last, also for a day without any', () => {
    expect(usesByDay([logged(0, 3), logged(2, 7)], 3).map(({ count }) => count)).toEqual([7, 0, 3])
  })

  it('say on which day it was used from a network that no use before was from', () => {
    const days = usesByDay(
      [logged(3, 1, '192.0.2.7'), logged(2, 1, '192.0.2.9'), logged(1, 1, '198.51.100.1'), logged(0, 1)],
      4,
    )
    expect(days.map(({ isNewPlace }) => isNewPlace)).toEqual([false, false, true, false])
  })

  it('have nothing new in a network that the days before the span know', () => {
    expect(usesByDay([logged(30, 0, '192.0.2.7'), logged(0, 1, '192.0.2.200')], 30).at(-1)).toEqual({
      count: 1,
      isNewPlace: false,
    })
  })

  it('have a day begin at midnight by UTC', () => {
    const noon = Date.UTC(2026, 10, 26, 12) / 1000
    expect(startOfDay(noon, 0)).toBe(Date.UTC(2026, 10, 26) / 1000)
    expect(startOfDay(noon, 30)).toBe(Date.UTC(2026, 9, 27) / 1000)
  })
})

import { describe, expect, it } from '@jest/globals'
import { moment } from '../../../../server/pages/shared/format/time.js'

const NOW = Date.UTC(2026, 10, 22, 9, 41) / 1000

describe('an instant in words', () => {
  it('has a form for machines, for lists, for sentences and for the curious, all in UTC', () => {
    expect(moment(NOW, NOW)).toEqual({
      iso: '2026-11-22T09:41:00Z',
      day: '22 Nov 2026',
      date: '22 November 2026',
      exact: '22 Nov 2026, 09:41 UTC',
      relative: 'just now',
    })
  })

  it('says midnight as 00:00', () => {
    expect(moment(Date.UTC(2026, 0, 1) / 1000, NOW).exact).toBe('1 Jan 2026, 00:00 UTC')
  })

  it.each([
    [-59, 'just now'],
    [59, 'in less than a minute'],
    [-60, '1 minute ago'],
    [-3 * 60, '3 minutes ago'],
    [-3600, '1 hour ago'],
    [-47 * 3600, '47 hours ago'],
    [-48 * 3600, '2 days ago'],
    [27 * 86400 + 86399, 'in 27 days'],
    [28 * 86400, 'in 28 days'],
    [-100 * 86400, '3 months ago'],
    [3 * 365.25 * 86400, 'in 3 years'],
  ])('%d seconds from now is "%s": never a minute, a day or a month that is not whole', (distance, words) => {
    expect(moment(NOW + distance, NOW).relative).toBe(words)
  })
})

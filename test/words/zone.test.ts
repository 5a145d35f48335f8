import { describe, expect, it } from '@jest/globals'
import { offsetBehind, wallTime } from '../../server/words/zone.js'

const SECONDS = (text: string) => Date.parse(text) / 1000

describe('the clocks of a zone', () => {
  it.each([
    ['2026-11-27T04:05:00Z', 'Europe/Berlin', '2026-11-27T05:05'],
    ['2026-07-01T23:30:00Z', 'Europe/Berlin', '2026-07-02T01:30'],
    ['2026-11-27T04:05:00Z', 'Asia/Kolkata', '2026-11-27T09:35'],
    ['2026-11-27T00:00:00Z', 'UTC', '2026-11-27T00:00'],
  ])('show at %s in %s: %s', (at, zone, shown) => {
    expect(wallTime(SECONDS(at), zone)).toBe(shown)
  })

  it.each([
    ['2026-12-19T09:41', 'Europe/Berlin', -60],
    ['2026-07-01T09:41', 'Europe/Berlin', -120],
    ['2026-07-01 09:41', 'Europe/Berlin', -120],
    ['2027-03-28T03:30', 'Europe/Berlin', -120],
    ['2027-03-28T01:30', 'Europe/Berlin', -60],
    ['2026-12-19T09:41', 'America/New_York', 300],
    ['2026-12-19T09:41', 'Asia/Kolkata', -330],
    ['2026-12-19T09:41', 'UTC', 0],
    ['soon', 'Europe/Berlin', 0],
  ])('are at %s in %s behind UTC by %d minutes', (local, zone, minutes) => {
    expect(offsetBehind(local, zone)).toBe(minutes)
  })
})

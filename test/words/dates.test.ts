import { describe, expect, it } from '@jest/globals'
import { LANGUAGES, localeOf } from '../../server/words/reader.js'
import { ENGLISH, wordsFor } from '../../server/words/words.js'

const NOW = Date.UTC(2026, 10, 22, 9, 41) / 1000

describe('an instant in words', () => {
  it('has a form for machines, for lists, for sentences and for the curious, all in UTC', () => {
    const { iso, day, date, exact, relative } = ENGLISH.moment(NOW, NOW)
    expect({ iso, day, date, exact, relative }).toEqual({
      iso: '2026-11-22T09:41:00Z',
      day: '22 Nov 2026',
      date: '22 November 2026',
      exact: '22 Nov 2026, 09:41 UTC',
      relative: 'just now',
    })
  })

  it('is the same however many instants of its day were written before, in every language', () => {
    const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const
    const parts = { day: 'numeric', month: 'short', year: 'numeric', ...hours, timeZone: 'UTC' } as const
    for (const language of LANGUAGES) {
      const format = new Intl.DateTimeFormat(localeOf(language), parts)
      const words = wordsFor({ language, dates: 'language' })
      for (let at = 0; at < NOW; at += 9_876_543) {
        for (const each of [at, at + 60, at + 3600]) {
          expect(words.moment(each, NOW).exact).toBe(format.format(each * 1000))
        }
      }
    }
  })

  it('says midnight as 00:00', () => {
    expect(ENGLISH.moment(Date.UTC(2026, 0, 1) / 1000, NOW).exact).toBe('1 Jan 2026, 00:00 UTC')
  })

  it.each([
    [-59, 'just now'],
    [59, 'in less than a minute'],
    [-60, '1 minute ago'],
    [-3 * 60, '3 minutes ago'],
    [-3600, '1 hour ago'],
    [-47 * 3600, '47 hours ago'],
    [-48 * 3600, '2 days ago'],
    [27 * 86400 + 3600, 'in 27 days'],
    [30 * 86400 - 60, 'in 30 days'],
    [28 * 86400, 'in 28 days'],
    [-100 * 86400, '3 months ago'],
    [3 * 365.25 * 86400, 'in 3 years'],
  ])(
    '%d seconds from now is "%s": never a minute or a month that is not whole, and days of the calendar',
    (distance, words) => {
      expect(ENGLISH.moment(NOW + distance, NOW).relative).toBe(words)
    },
  )

  it.each([
    ['en', '22 Nov 2026, 09:41 UTC', 'in 3 days'],
    ['es', '22 nov 2026, 09:41 UTC', 'dentro de 3 días'],
    ['fr', '22 nov. 2026, 09:41 UTC', 'dans 3 jours'],
    ['de', '22. Nov. 2026, 09:41 UTC', 'in 3 Tagen'],
    ['ja', '2026年11月22日 09:41 UTC', '3 日後'],
  ] as const)('is written in %s as its readers write it', (language, exact, relative) => {
    const words = wordsFor({ language, dates: 'language' })
    expect(words.moment(NOW, NOW).exact).toBe(exact)
    expect(words.moment(NOW + 3 * 86400, NOW).relative).toBe(relative)
  })

  it('is ISO 8601 for a reader who asks for that, in the zone of the reader', () => {
    const words = wordsFor({ language: 'de', dates: 'iso', timeZone: 'Asia/Tokyo' })
    expect(words.moment(NOW, NOW)).toMatchObject({
      day: '2026-11-22',
      date: '2026-11-22',
      exact: '2026-11-22 18:41 GMT+9',
    })
  })

  it('counts the days of the reader: what is tomorrow in Tokyo is today in Hawaii', () => {
    const now = Date.UTC(2026, 10, 22, 20) / 1000
    const then = Date.UTC(2026, 10, 25, 11) / 1000
    const inZone = (timeZone: string) => wordsFor({ language: 'en', dates: 'language', timeZone }).moment(then, now)
    expect(inZone('Pacific/Honolulu').relative).toBe('in 3 days')
    expect(inZone('Asia/Tokyo').relative).toBe('in 2 days')
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DAY } from '../../../server/core/time.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { FILTERS, passes } from '../../../server/core/token-list/filters.js'
import { nextEnd } from '../../../server/core/token-list/listed.js'
import { inOrder, SORTS } from '../../../server/core/token-list/order.js'
import type { ListQuery } from '../../../server/core/token-list/query.js'
import { shownTokens } from '../../../server/core/token-list/shown.js'
import { anyTokens, listed, NOW } from './support.js'

const search = fc.constantFrom('', 'top', 'read', 'pyvo read', 'none such')
const query = (more: Partial<ListQuery>): ListQuery => ({ search: '', sort: 'default', ...more })

describe('the number at a filter', () => {
  it('is that of the tokens that it shows, for every search and order', () => {
    fc.assert(
      fc.property(
        anyTokens,
        search,
        fc.constantFrom(...SORTS),
        fc.constantFrom(...FILTERS),
        (all, text, sort, show) => {
          const { counts } = shownTokens(all, query({ search: text, sort }), NOW)
          const { tokens } = shownTokens(all, query({ search: text, sort, show }), NOW)
          expect(tokens).toHaveLength(counts[show])
          expect(tokens.every((token) => all.includes(token))).toBe(true)
        },
      ),
    )
  })
})

describe('an order', () => {
  const named = (names: Readonly<Record<string, Parameters<typeof listed>[0]>>, sort: (typeof SORTS)[number]) =>
    inOrder(
      Object.entries(names).map(([name, facts]) => listed({ name, key: name.padEnd(22, '-') as TokenKey, ...facts })),
      sort,
      NOW,
    ).map(({ name }) => name)

  it('has every token once, and is the same for every order that they come in', () => {
    fc.assert(
      fc.property(anyTokens, fc.constantFrom(...SORTS), fc.infiniteStream(fc.nat()), (all, sort, lots) => {
        const ordered = inOrder(all, sort, NOW)
        const shuffled = all
          .map((token) => ({ token, lot: lots.next().value }))
          .sort((a, b) => a.lot - b.lot)
          .map(({ token }) => token)
        expect(new Set(ordered)).toEqual(new Set(all))
        expect(inOrder(shuffled, sort, NOW)).toEqual(ordered)
      }),
    )
  })

  it('has by default those that end within a week first, the soonest at the top, and then the newest', () => {
    const tokens = {
      old: { created: NOW - 90 * DAY },
      'in two days': { created: NOW - 28 * DAY, expires: NOW + 2 * DAY },
      new: { created: NOW - 60 },
      'in a week': { created: NOW, expires: NOW + 7 * DAY },
      'in a month, or unused in a day': { expires: NOW + 30 * DAY, idleEnds: NOW + DAY },
      'in eight days': { created: NOW - 22 * DAY, expires: NOW + 8 * DAY },
    }
    expect(named(tokens, 'default')).toEqual([
      'in a month, or unused in a day',
      'in two days',
      'in a week',
      'new',
      'in eight days',
      'old',
    ])
  })

  it('by expiry has the soonest first and those without an end last', () => {
    fc.assert(
      fc.property(anyTokens, (all) => {
        const ends = inOrder(all, 'expiring', NOW).map((token) => nextEnd(token) ?? Number.POSITIVE_INFINITY)
        expect(ends).toEqual([...ends].sort((a, b) => (a === b ? 0 : a - b)))
      }),
    )
  })

  it('by use has the latest first, the unused last; and the other one the unused first, then the longest unused', () => {
    const tokens = {
      never: {},
      lately: { lastUsed: { at: NOW - 60 } },
      'long ago': { lastUsed: { at: NOW - 90 * DAY } },
      'below, just now': { lastUsed: { at: NOW - 80 * DAY }, usedBelow: NOW },
    }
    const latest = ['below, just now', 'lately', 'long ago', 'never']
    expect([named(tokens, 'used'), named(tokens, 'neverUsed')]).toEqual([latest, latest.toReversed()])
  })

  it('by name takes numbers as numbers, and capitals as small letters', () => {
    expect(named({ 'job 10': {}, 'Job 9': {}, alpha: {} }, 'name')).toEqual(['alpha', 'Job 9', 'job 10'])
  })
})

describe('a filter', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['expiring',     { expires: NOW + 7 * DAY },                                         true],
    ['expiring',     { expires: NOW + 7 * DAY + 1 },                                     false],
    ['expiring',     { expires: NOW },                                                   false],
    ['expiring',     { expires: NOW + 90 * DAY, idleEnds: NOW + DAY },                   true],
    ['unused',       { created: NOW - 400 * DAY, lastUsed: { at: NOW - 90 * DAY } },     true],
    ['unused',       { created: NOW - 400 * DAY, lastUsed: { at: NOW - 90 * DAY + 1 } }, false],
    ['unused',       { created: NOW - 90 * DAY },                                        true],
    ['unused',       { created: NOW - DAY },                                             false],
    ['unused',       { created: NOW - 400 * DAY, usedBelow: NOW },                       false],
    ['neverExpires', {},                                                                 true],
    ['neverExpires', { idleEnds: NOW + 10 * DAY },                                       false],
    ['neverUsed',    {},                                                                 true],
    ['neverUsed',    { lastUsed: { at: NOW } },                                          false],
    ['neverUsed',    { usedBelow: NOW },                                                 false],
  ] as const)('%s of %j: %j', (filter, facts, shown) => {
    expect(passes(filter, listed(facts), NOW)).toBe(shown)
  })
})

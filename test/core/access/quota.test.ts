import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { quotaFor } from '../../../server/core/access/quota.js'
import { rateLimit } from '../../../server/core/access/rate-limit.js'

const CONFIG = {
  default: { api: { tap: 100, portal: 10 }, notebook: { cpu: 2, memory: 4, spawn: true } },
  groups: {
    science: { api: { tap: 50 }, notebook: { cpu: 8, memory: 16, spawn: true } },
    blocked: { api: {}, notebook: { cpu: 0, memory: 0, spawn: false } },
    archive: { api: { vospace: 5 }, disk: { '/home': 1000 }, tap: { qserv: { concurrent: 2 } } },
  },
  bypass: ['operators'],
}

describe('a quota', () => {
  it.each([
    [
      'of nobody in particular is the default',
      [],
      { api: { tap: 100, portal: 10 }, notebook: { cpu: 2, memory: 4, spawn: true } },
    ],
    [
      'grows with each group',
      ['science'],
      { api: { tap: 150, portal: 10 }, notebook: { cpu: 10, memory: 20, spawn: true } },
    ],
    [
      'counts a group once',
      ['science', 'science'],
      { api: { tap: 150, portal: 10 }, notebook: { cpu: 10, memory: 20, spawn: true } },
    ],
    [
      'lets notebooks start only if every part says so',
      ['blocked'],
      { api: { tap: 100, portal: 10 }, notebook: { cpu: 2, memory: 4, spawn: false } },
    ],
    [
      'has what only a group has',
      ['archive'],
      {
        api: { tap: 100, portal: 10, vospace: 5 },
        disk: { '/home': 1000 },
        notebook: { cpu: 2, memory: 4, spawn: true },
        tap: { qserv: { concurrent: 2 } },
      },
    ],
    ['is none for a bypass group', ['operators', 'science'], { api: {} }],
  ])('%s', (_what, groups, expected) => {
    expect(quotaFor(groups, CONFIG)).toEqual(expected)
  })

  it('is nothing where nothing is configured', () => {
    expect(quotaFor(['science'], undefined)).toBeUndefined()
    expect(quotaFor(['others'], { groups: CONFIG.groups })).toBeUndefined()
  })

  it.each([
    ['replaces a service’s number', { default: { api: { tap: 5 } } }, ['science'], { tap: 5, portal: 10 }],
    [
      'adds up among its own groups only',
      { default: { api: { tap: 5 } }, groups: { science: { api: { tap: 1 } } } },
      ['science'],
      { tap: 6, portal: 10 },
    ],
    ['blocks with 0', { default: { api: { tap: 0 } } }, [], { tap: 0, portal: 10 }],
    [
      'that does not concern one changes nothing',
      { groups: { others: { api: { tap: 0 } } } },
      [],
      { tap: 100, portal: 10 },
    ],
    ['frees its own bypass group', { bypass: ['science'] }, ['science'], {}],
    ['limits even a bypass group of the configuration', { default: { api: { tap: 1 } } }, ['operators'], { tap: 1 }],
  ])('an override %s', (_what, override, groups, api) => {
    expect(quotaFor(groups, CONFIG, override)?.api).toEqual(api)
  })
})

it('a rate limit never says more than it allows, nor less than nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 0, max: 60_000 }),
      (limit, count, left) => {
        const state = rateLimit({ resource: 'tap', limit, count, millisecondsLeft: left, now: 1000 })
        expect(state.used + state.remaining).toBe(limit)
        expect(state.remaining).toBeGreaterThanOrEqual(0)
        expect(state.exceeded).toBe(count > limit)
        expect(state.reset - 1000).toBeLessThanOrEqual(60)
      },
    ),
  )
})

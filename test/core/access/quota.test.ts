import { describe, expect, it } from '@jest/globals'
import { quotaFor as quotaOf } from '../../../server/core/access/quota.js'
import { quotaSchema } from '../../../server/settings/quota.js'

type Given = Parameters<typeof quotaSchema.parse>[0]

/** With the parts that the settings and the API add: each is there, and empty where nothing was said. */
const complete = (given: Given) => (given === undefined ? undefined : quotaSchema.parse(given))
const quotaFor = (groups: readonly string[], config: Given, override?: Given) =>
  quotaOf(groups, complete(config), complete(override))
/** Of which nothing else is limited. */
const only = (given: object) => ({ api: {}, disk: {}, tap: {}, ...given })

const CONFIG = {
  default: { api: { tap: 100, portal: 10 }, notebook: { cpu: 2, memory: 4, spawn: true } },
  groups: {
    science: { api: { tap: 50 }, notebook: { cpu: 8, memory: 16, spawn: true } },
    blocked: { api: {}, notebook: { cpu: 0, memory: 0, spawn: false } },
    archive: {
      api: { vospace: 5 },
      disk: { '/home': 1000 },
      tap: { qserv: { concurrent: 2 }, ssotap: { concurrent: 1 } },
    },
    mirror: {
      api: {},
      disk: { '/home': 500, '/scratch': 9 },
      tap: { qserv: { concurrent: 3 }, consdb: { concurrent: 4 } },
    },
  },
  bypass: ['operators', 'staff'],
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
        tap: { qserv: { concurrent: 2 }, ssotap: { concurrent: 1 } },
      },
    ],
    [
      'adds up disks and queries, mount by mount and service by service',
      ['archive', 'mirror'],
      {
        api: { tap: 100, portal: 10, vospace: 5 },
        disk: { '/home': 1500, '/scratch': 9 },
        notebook: { cpu: 2, memory: 4, spawn: true },
        tap: { qserv: { concurrent: 5 }, ssotap: { concurrent: 1 }, consdb: { concurrent: 4 } },
      },
    ],
    ['is none for a bypass group', ['operators', 'science'], {}],
  ])('%s', (_what, groups, expected) => {
    expect(quotaFor(groups, CONFIG)).toEqual(only(expected))
  })

  it('is nothing where nothing is configured', () => {
    expect(quotaFor(['science'], undefined)).toBeUndefined()
    expect(quotaFor(['others'], { groups: CONFIG.groups })).toBeUndefined()
    expect(quotaFor(['science'], {})).toBeUndefined()
    expect(quotaFor(['science'], {}, {})).toBeUndefined()
    expect(quotaFor(['others'], { default: { api: {} }, bypass: ['operators'] })).toBeUndefined()
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

  it('of an override is the whole quota where nothing else is configured', () => {
    const override = { default: { api: { tap: 1 }, disk: { '/home': 1 } } }
    expect(quotaFor([], undefined, override)).toEqual(only(override.default))
  })

  it('has the disks, notebooks and queries of which an override says nothing', () => {
    const configured = quotaFor(['archive'], CONFIG)
    const overridden = quotaFor(['archive'], CONFIG, { default: { api: { tap: 5 } } })
    expect(overridden).toEqual({ ...configured, api: { tap: 5, portal: 10, vospace: 5 } })
    expect(quotaFor([], CONFIG, { default: { api: {} } })).toEqual(quotaFor([], CONFIG))
  })

  it('has the disks, notebooks and queries that an override adds', () => {
    const added = {
      disk: { '/home': 1 },
      notebook: { cpu: 1, memory: 1, spawn: false },
      tap: { qserv: { concurrent: 1 } },
    }
    const override = { default: { api: {}, ...added } }
    expect(quotaFor([], { default: { api: { tap: 100 } } }, override)).toEqual(only({ api: { tap: 100 }, ...added }))
  })

  it('has an override’s disk in place of the configured one, and the other disks', () => {
    const config = { default: { api: {}, disk: { '/home': 1000, '/scratch': 9 } } }
    const override = { default: { api: {}, disk: { '/home': 1 } } }
    expect(quotaFor([], config, override)?.disk).toEqual({ '/home': 1, '/scratch': 9 })
  })

  it('has an override’s queries in place of all the configured ones', () => {
    const override = { default: { tap: { qserv: { concurrent: 1 } } } }
    expect(quotaFor(['archive'], CONFIG, override)?.tap).toEqual({ qserv: { concurrent: 1 } })
  })

  it('of no cores and no memory is one, and a group may add to either', () => {
    const groups = {
      blocked: { notebook: { cpu: 0, memory: 0, spawn: false } },
      foo: { notebook: { cpu: 0, memory: 4 } },
    }
    expect(quotaFor(['blocked'], { groups })).toEqual(only({ notebook: { cpu: 0, memory: 0, spawn: false } }))
    const config = { default: { notebook: { cpu: 8, memory: 4 } }, groups }
    expect(quotaFor(['foo'], config)).toEqual(only({ notebook: { cpu: 8, memory: 8, spawn: true } }))
  })

  it('counts a service with a name that JavaScript knows as any other', () => {
    const part = { api: { constructor: 5 }, tap: { toString: { concurrent: 2 } } }
    expect(quotaFor(['users'], { default: { api: {} }, groups: { users: part } })).toEqual(only(part))
  })
})

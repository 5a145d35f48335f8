import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Wish } from '../../../../server/core/openid/bounds.js'
import { ExchangeFault } from '../../../../server/core/openid/exchange.js'
import {
  claimsInTheWay,
  ruleFor,
  tokenByRule,
  type WorkloadRule,
} from '../../../../server/core/openid/workload/rule.js'
import type { Scope } from '../../../../server/core/token/scope.js'

const NOW = 1_800_000_000
const HOUR = 3600

const scopes = (...names: string[]) => names as Scope[]

const rule = (given: Partial<WorkloadRule> = {}): WorkloadRule => ({
  claims: [{ path: ['repository_id'], values: ['1'] }],
  username: 'bot-survey',
  scopes: scopes('read:tap', 'read:image'),
  adminScopes: [],
  lifetime: HOUR,
  ...given,
})

const wish = (given: Partial<Wish> = {}): Wish => ({ networks: [], services: [], ...given })

const made = (given: Partial<WorkloadRule> = {}, asked: Partial<Wish> = {}, maximum?: number) =>
  tokenByRule(rule(given), wish(asked), { now: NOW, maximum })

describe('the token of a rule', () => {
  it('is a service token with the scopes, the end and the places of the rule', () => {
    expect(made({ services: ['tap'] })).toEqual({
      type: 'service',
      username: 'bot-survey',
      scopes: ['read:image', 'read:tap'],
      granted: true,
      expires: NOW + HOUR,
      restriction: { services: ['tap'] },
    })
  })

  it('is narrower where the request asks for less', () => {
    const asked = { scopes: scopes('read:tap'), seconds: 600, services: ['tap'], networks: ['192.0.2.7/24'] }
    expect(made({ services: ['tap', 'image'] }, asked)).toMatchObject({
      scopes: ['read:tap'],
      expires: NOW + 600,
      restriction: { services: ['tap'], networks: ['192.0.2.0/24'] },
    })
  })

  it('ends no later than the site’s service tokens', () => {
    expect(made({}, {}, 900)).toMatchObject({ expires: NOW + 900 })
    expect(made({}, {}, 9000)).toMatchObject({ expires: NOW + HOUR })
  })

  it('has a scope of administrators where the request names it, and not otherwise', () => {
    const given = { adminScopes: scopes('admin:userinfo') }
    expect(made(given)).toMatchObject({ scopes: ['read:image', 'read:tap'] })
    expect(made(given, { scopes: scopes('admin:userinfo') })).toMatchObject({ scopes: ['admin:userinfo'] })
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, Partial<Wish>, Partial<WorkloadRule>, string]>([
    ['a scope more',                  { scopes: scopes('read:tap', 'write:files') },  {},                       'invalid_scope'],
    ['a scope of administrators',     { scopes: scopes('admin:token') },              {},                       'invalid_scope'],
    ['another of them',               { scopes: scopes('admin:token') },              { adminScopes: scopes('admin:userinfo') }, 'invalid_scope'],
    ['a later end',                   { seconds: HOUR + 1 },                          {},                       'invalid_request'],
    ['another service',               { services: ['portal'] },                       { services: ['tap'] },    'invalid_target'],
    ['one service more',              { services: ['tap', 'portal'] },                { services: ['tap'] },    'invalid_target'],
    ['no network',                    { networks: ['here'] },                         {},                       'invalid_request'],
  ])('is refused for %s', (_what, asked, given, error) => {
    const fault = made(given, asked)
    expect(fault).toBeInstanceOf(ExchangeFault)
    expect(fault).toMatchObject({ error })
  })

  it('is refused with the names of the scopes, the service or the network', () => {
    const description = (asked: Partial<Wish>) => made({ services: ['tap'] }, asked)
    expect(description({ scopes: scopes('exec:admin', 'read:tap', 'write:files') })).toMatchObject({
      description: 'the rule for subject_token does not give exec:admin write:files',
    })
    expect(description({ services: ['soda'] })).toMatchObject({
      description: 'subject_token may not be used at this service',
    })
    expect(description({ networks: ['here'] })).toMatchObject({ description: expect.stringContaining('Give networks') })
  })

  it('never has more than its rule', () => {
    const some = fc.subarray(scopes('read:tap', 'read:image', 'write:files', 'admin:token'))
    const services = fc.uniqueArray(fc.constantFrom('tap', 'image', 'portal'))
    const asked = fc.record({
      scopes: fc.option(some, { nil: undefined }),
      seconds: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
      services,
    })
    const lifetime = fc.integer({ min: 300, max: 9000 })
    fc.assert(
      fc.property(
        asked,
        some,
        fc.option(services.filter((list) => list.length > 0)),
        lifetime,
        (given, held, at, lasts) => {
          const { scopes: named, seconds, services: places } = given
          const outcome = made(
            { scopes: held, lifetime: lasts, ...(at && { services: at }) },
            { services: places, ...(named && { scopes: named }), ...(seconds !== undefined && { seconds }) },
          )
          if (outcome instanceof ExchangeFault) return
          expect(held).toEqual(expect.arrayContaining([...outcome.scopes]))
          expect(outcome.expires).toBeLessThanOrEqual(NOW + lasts)
          if (at) expect(at).toEqual(expect.arrayContaining([...(outcome.restriction?.services ?? ['everywhere'])]))
        },
      ),
    )
  })
})

describe('the rule of a JWT', () => {
  const main = rule({
    claims: [
      { path: ['repository_id'], values: ['1'] },
      { path: ['ref'], values: ['main'] },
    ],
  })
  const any = rule({ username: 'bot-any' })
  const other = rule({
    claims: [
      { path: ['repository_id'], values: ['2'] },
      { path: ['ref'], values: ['main'] },
      { path: ['env'], values: ['x'] },
    ],
  })

  it('is the first whose claims are all right', () => {
    expect(ruleFor([main, any], { repository_id: '1', ref: 'main' })).toBe(main)
    expect(ruleFor([main, any], { repository_id: '1', ref: 'dev' })).toBe(any)
  })

  it('is none where one claim of each is not right, and the operator is told which of the nearest', () => {
    const claims = { repository_id: '3', ref: 'main' }
    expect(ruleFor([other, main], claims)).toBeUndefined()
    expect(claimsInTheWay([other, main], claims)).toEqual(['repository_id'])
    expect([ruleFor([], claims), claimsInTheWay([], claims)]).toEqual([undefined, []])
  })
})

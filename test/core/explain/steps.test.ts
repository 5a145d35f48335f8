import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../../../server/core/access/decision.js'
import { compileRequirement } from '../../../server/core/access/requirement.js'
import { decisionSteps, type ExplainedToken } from '../../../server/core/explain/steps.js'
import type { Scope } from '../../../server/core/token/scope.js'

const NOW = 1_790_000_000
const PLACE = { baseHost: 'example.org', host: 'data.example.org', address: '192.0.2.7' }
const required = (query: string) => compileRequirement(new URLSearchParams(query)).requirement
const ada = (given: Partial<ExplainedToken> & { scopes?: readonly string[] } = {}): ExplainedToken => ({
  username: 'ada',
  scopes: [],
  ...(given as object),
})
const told = (query: string, token: ExplainedToken) =>
  decisionSteps({ required: required(query), token, place: PLACE }, NOW).map(({ rule, passes, finding }) => ({
    [`${rule} ${passes ? 'passes' : 'fails'}`]: finding,
  }))

describe('an explained decision', () => {
  it('names only the rules that the location or the token raises', () => {
    expect(told('', ada())).toEqual([{ 'expires passes': { is: 'neverExpires' } }])
  })

  const networks = ['198.51.100.0/24', '203.0.113.0/24']
  // biome-ignore format: a table reads in columns
  it.each([
    ['', { expires: NOW + 60 }, 'expires passes', { is: 'expires', at: NOW + 60 }],
    ['', { expires: NOW }, 'expires fails', { is: 'expired', at: NOW }],
    ['minimum_lifetime=600', { expires: NOW + 599 }, 'minimum_lifetime fails', { is: 'endsTooSoon', seconds: 600 }],
    ['minimum_lifetime=600', { expires: NOW + 600 }, 'minimum_lifetime passes', { is: 'lastsLongEnough', seconds: 600 }],
    ['scope=read:tap', { scopes: ['read:tap'] }, 'scope passes', { is: 'hasScopes', scopes: ['read:tap'] }],
    ['scope=read:tap', {}, 'scope fails', { is: 'lacksScopes', scopes: ['read:tap'], inactive: [] }],
    ['scope=a:a&scope=b:b', { scopes: ['b:b'] }, 'scope fails', { is: 'lacksScopes', scopes: ['a:a'], inactive: [] }],
    ['scope=a:a&scope=b:b&satisfy=any', {}, 'scope fails', { is: 'lacksEachScope', scopes: ['a:a', 'b:b'], inactive: [] }],
    ['scope=a:a&satisfy=any', {}, 'scope fails', { is: 'lacksScopes', scopes: ['a:a'], inactive: [] }],
    ['scope=a:a&scope=b:b&satisfy=any', { scopes: ['b:b'] }, 'scope passes', { is: 'hasScopes', scopes: ['b:b'] }],
    ['scope=a:a&scope=b:b', { notInEffect: ['b:b'] }, 'scope fails', { is: 'lacksScopes', scopes: ['a:a', 'b:b'], inactive: ['b:b'] }],
    ['service=tap', { restriction: { networks, services: ['portal'] } }, 'restriction fails', { is: 'elsewhere', networks, services: ['portal'], address: '192.0.2.7', service: 'tap' }],
    ['', { restriction: { networks } }, 'restriction fails', { is: 'elsewhere', networks, address: '192.0.2.7' }],
    ['service=tap', { restriction: { services: ['portal'] } }, 'restriction fails', { is: 'elsewhere', services: ['portal'], address: '192.0.2.7', service: 'tap' }],
    ['service=tap', { restriction: { services: ['tap'] } }, 'restriction passes', { is: 'inPlace' }],
    ['only_service=hips', {}, 'only_service fails', { is: 'madeFor', services: ['hips'] }],
    ['only_service=hips', { service: 'tap' }, 'only_service fails', { is: 'madeFor', services: ['hips'], service: 'tap' }],
    ['username=grace', {}, 'username fails', { is: 'ofUser', required: 'grace', username: 'ada' }],
    ['user_domain=true', {}, 'user_domain fails', { is: 'ofUserOfHost', username: 'ada' }],
  ])('of %s for %j: %s with %j', (query, given, outcome, finding) => {
    expect(told(query, ada(given as Partial<ExplainedToken>))).toContainEqual({ [outcome]: finding })
  })

  it('has no address where that of a request is not known', () => {
    const token = ada({ restriction: { networks } })
    const steps = decisionSteps({ required: required(''), token, place: { baseHost: 'example.org' } }, NOW)
    expect(steps.find(({ rule }) => rule === 'restriction')?.finding).toEqual({ is: 'elsewhere', networks })
  })

  it('carries the code and the remedy of what fails', () => {
    const steps = decisionSteps({ required: required('scope=read:tap'), token: ada(), place: PLACE }, NOW)
    expect(steps.find(({ passes }) => !passes)).toMatchObject({
      code: 'insufficient_scope',
      remedy: expect.any(String),
    })
  })

  it('fails exactly where the check refuses, and first with the code of the check', () => {
    const scope = fc.constantFrom('read:tap', 'read:image') as fc.Arbitrary<Scope>
    const query = fc.constantFrom(
      ...['', 'scope=read:tap', 'scope=read:tap&scope=read:image&satisfy=any', 'only_service=tap', 'username=ada'],
      ...['username=grace&minimum_lifetime=600', 'user_domain=true', 'scope=read:image&minimum_lifetime=900'],
    )
    const token = fc.record(
      {
        username: fc.constantFrom('ada', 'grace'),
        scopes: fc.uniqueArray(scope),
        expires: fc.integer({ min: NOW - 10, max: NOW + 1000 }),
        service: fc.constant('tap'),
        restriction: fc.constantFrom(
          { networks: ['192.0.2.0/24'] },
          { networks: ['198.51.100.0/24'] },
          { services: ['x'] },
        ),
      },
      { requiredKeys: ['username', 'scopes'] },
    )
    fc.assert(
      fc.property(query, token, (text, holder) => {
        const asked = required(text)
        const failed = decisionSteps({ required: asked, token: holder as ExplainedToken, place: PLACE }, NOW)
          .filter(({ passes }) => !passes)
          .map(({ code }) => code)
        expect(failed[0]).toBe(decide(asked, holder as ExplainedToken, PLACE, NOW)?.code)
      }),
    )
  })
})

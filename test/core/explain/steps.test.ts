import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../../../server/core/access/decision.js'
import { compileRequirement } from '../../../server/core/access/requirement.js'
import { decisionSteps, type ExplainedToken, listed } from '../../../server/core/explain/steps.js'
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
  decisionSteps({ required: required(query), token, place: PLACE }, NOW).map(
    ({ rule, passes, sentence }) => `${rule} ${passes ? 'passes' : 'fails'}: ${sentence}`,
  )

describe('an explained decision', () => {
  it('names only the rules that the location or the token raises', () => {
    expect(told('', ada())).toEqual(['expires passes: It never expires.'])
  })

  it.each([
    ['', { expires: NOW + 60 }, 'expires passes: It is valid until 2026-09-21 14:14:20 UTC.'],
    ['', { expires: NOW }, 'expires fails: It expired at 2026-09-21 14:13:20 UTC.'],
    ['minimum_lifetime=600', { expires: NOW + 599 }, 'minimum_lifetime fails: It ends in less than 10 minutes.'],
    [
      'minimum_lifetime=600',
      { expires: NOW + 600 },
      'minimum_lifetime passes: It is valid for at least 10 minutes more.',
    ],
    ['scope=read:tap', { scopes: ['read:tap'] }, 'scope passes: It has the scope read:tap.'],
    ['scope=read:tap', {}, 'scope fails: It lacks the scope read:tap.'],
    ['scope=read:tap&scope=read:image', { scopes: ['read:tap'] }, 'scope fails: It lacks the scope read:image.'],
    ['scope=a:a&scope=b:b&scope=c:c', {}, 'scope fails: It lacks the scopes a:a, b:b and c:c.'],
    ['scope=a:a&scope=b:b&satisfy=any', {}, 'scope fails: It has none of a:a or b:b.'],
    ['scope=a:a&satisfy=any', {}, 'scope fails: It lacks the scope a:a.'],
    [
      'scope=a:a&scope=b:b',
      { notInEffect: ['a:a', 'b:b'] },
      'scope fails: It lacks the scopes a:a and b:b. It was created with a:a and b:b, which no group of its owner gives now.',
    ],
    [
      'service=tap',
      { restriction: { networks: ['198.51.100.0/24', '203.0.113.0/24'], services: ['portal', 'x'] } },
      'restriction fails: Token may not be used from this address: it is bound to the networks 198.51.100.0/24 and ' +
        '203.0.113.0/24, and it is bound to the services portal and x. This request comes from 192.0.2.7 to the service tap.',
    ],
    ['scope=a:a&scope=b:b&satisfy=any', { scopes: ['b:b'] }, 'scope passes: It has the scope b:b.'],
    [
      'scope=read:tap',
      { notInEffect: ['read:tap'] },
      'scope fails: It lacks the scope read:tap. It was created with read:tap, which no group of its owner gives now.',
    ],
    [
      '',
      { restriction: { networks: ['198.51.100.0/24'] } },
      'restriction fails: Token may not be used from this address: it is bound to the networks 198.51.100.0/24. ' +
        'This request comes from 192.0.2.7, and the location has no name of a service.',
    ],
    [
      'service=tap',
      { restriction: { services: ['portal'] } },
      'restriction fails: Token may not be used at this service: it is bound to the services portal. ' +
        'This request comes from 192.0.2.7 to the service tap.',
    ],
    ['service=tap', { restriction: { services: ['tap'] } }, 'restriction passes: It may be used here.'],
    [
      'only_service=hips&only_service=vo-cutouts',
      {},
      'only_service fails: Only tokens made for hips or vo-cutouts pass; it was made for no service.',
    ],
    ['username=grace', {}, 'username fails: Only grace passes; it is a token of ada.'],
    [
      'user_domain=true',
      {},
      'user_domain fails: The host is that of one user, the first part of its name; it is a token of ada.',
    ],
  ])('of %s for %j says: %s', (query, given, sentence) => {
    expect(told(query, ada(given as Partial<ExplainedToken>))).toContain(sentence)
  })

  it('says that the address of a request is not known', () => {
    const token = ada({ restriction: { networks: ['198.51.100.0/24'] } })
    const steps = decisionSteps({ required: required(''), token, place: { baseHost: 'example.org' } }, NOW)
    expect(steps.find(({ rule }) => rule === 'restriction')?.sentence).toMatch(/comes from an unknown address, and/)
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

describe('a list of names', () => {
  it('reads as a sentence', () => {
    expect([listed([], 'and'), listed(['a'], 'or'), listed(['a', 'b'], 'or'), listed(['a', 'b', 'c'], 'and')]).toEqual([
      '',
      'a',
      'a or b',
      'a, b and c',
    ])
  })
})

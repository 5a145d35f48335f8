import { describe, expect, it } from '@jest/globals'
import { compileRequirement } from '../../../server/core/access/requirement.js'
import { needsOf, remedyFor } from '../../../server/core/explain/needs.js'
import type { Scope } from '../../../server/core/token/scope.js'

const required = (query: string) => compileRequirement(new URLSearchParams(query)).requirement
const held = ['read:tap', 'user:token'] as Scope[]

describe('what a requirement needs', () => {
  it.each([
    ['', { is: 'needsAnyToken' }],
    ['scope=read:tap', { is: 'needsScopes', scopes: ['read:tap'] }],
    ['scope=b:b&scope=a:a', { is: 'needsScopes', scopes: ['a:a', 'b:b'] }],
    ['scope=b:b&scope=a:a&satisfy=any', { is: 'needsOneScope', scopes: ['a:a', 'b:b'] }],
    ['scope=a:a&satisfy=any', { is: 'needsScopes', scopes: ['a:a'] }],
    ['only_service=tap&only_service=hips', { is: 'needsService', services: ['tap', 'hips'] }],
    ['username=ada', { is: 'needsUser', username: 'ada' }],
    ['user_domain=true', { is: 'needsUserOfHost' }],
    ['minimum_lifetime=7200', { is: 'needsLifetime', seconds: 7200 }],
    ['notebook=true', { is: 'needsLifetime', seconds: 300 }],
    ['program=1234', { is: 'needsInvestigator' }],
    ['allow_cookies=false', { is: 'needsToken' }],
    ['optional=true', { is: 'admitsAnonymous' }],
    ['optional=strict', { is: 'admitsAnonymous' }],
  ])('of %s has %j', (query, need) => {
    expect(needsOf(required(query))).toContainEqual(need)
  })

  it('is no more than is asked', () => {
    expect(needsOf(required('scope=read:tap&service=tap'))).toHaveLength(1)
  })
})

describe('the token that would pass', () => {
  it.each([
    ['', { kind: 'create', scopes: [] }],
    ['satisfy=any', { kind: 'create', scopes: [] }],
    [
      'only_service=tap&only_service=hips',
      { kind: 'impossible', because: { is: 'onlyService', services: ['tap', 'hips'] } },
    ],
    ['scope=read:tap', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=user:token', { kind: 'create', scopes: ['read:tap', 'user:token'] }],
    // One is enough: a scope that is not needed is not given away.
    ['scope=read:tap&scope=user:token&satisfy=any', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=exec:portal&satisfy=any', { kind: 'create', scopes: ['read:tap'] }],
    ['username=ada&scope=read:tap', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=exec:portal', { kind: 'lacking', scopes: ['exec:portal'] }],
    ['scope=exec:portal&satisfy=any', { kind: 'lacking', scopes: ['exec:portal'] }],
    ['username=grace', { kind: 'impossible', because: { is: 'otherUser', username: 'grace' } }],
    ['only_service=tap&scope=read:tap', { kind: 'impossible', because: { is: 'onlyService', services: ['tap'] } }],
  ])('at %s is %j', (query, remedy) => {
    expect(remedyFor(required(query), 'ada', held)).toEqual(remedy)
  })
})

import { describe, expect, it } from '@jest/globals'
import { compileRequirement } from '../../../server/core/access/requirement.js'
import { needsOf, remedyFor } from '../../../server/core/explain/needs.js'
import type { Scope } from '../../../server/core/token/scope.js'

const required = (query: string) => compileRequirement(new URLSearchParams(query)).requirement
const held = ['read:tap', 'user:token'] as Scope[]

describe('a requirement in sentences', () => {
  it.each([
    ['', 'A valid token of any scope, or a session.'],
    ['scope=read:tap', 'A token with the scope read:tap.'],
    ['scope=b:b&scope=a:a', 'A token with the scopes a:a and b:b.'],
    ['scope=b:b&scope=a:a&satisfy=any', 'A token with one of the scopes a:a or b:b.'],
    ['scope=a:a&satisfy=any', 'A token with the scope a:a.'],
    ['only_service=tap&only_service=hips', 'Only tokens made for the service tap or hips pass.'],
    ['username=ada', 'Only the user ada passes.'],
    ['user_domain=true', 'Only the user whose name begins the host name passes.'],
    ['minimum_lifetime=7200', 'The token is valid for at least 2 hours more.'],
    ['notebook=true', 'The token is valid for at least 5 minutes more.'],
    ['program=1234', 'While data are reserved, their investigators and the users they gave access to pass.'],
    ['allow_cookies=false', 'Browser sessions do not count: a token must be sent.'],
    ['optional=true', 'Requests without a token pass, too, and get what is public.'],
    ['optional=strict', 'Requests without a token pass, too, and get what is public.'],
  ])('of %s has: %s', (query, sentence) => {
    expect(needsOf(required(query))).toContain(sentence)
  })

  it('says no more than is asked', () => {
    expect(needsOf(required('scope=read:tap&service=tap'))).toHaveLength(1)
  })
})

describe('the token that would pass', () => {
  it.each([
    ['', { kind: 'create', scopes: [] }],
    ['satisfy=any', { kind: 'create', scopes: [] }],
    [
      'only_service=tap&only_service=hips',
      {
        kind: 'impossible',
        sentence: 'Only the service tap or hips can ask here, with the token that it gets for its user.',
      },
    ],
    ['scope=read:tap', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=user:token', { kind: 'create', scopes: ['read:tap', 'user:token'] }],
    // One is enough: a scope that is not needed is not given away.
    ['scope=read:tap&scope=user:token&satisfy=any', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=exec:portal&satisfy=any', { kind: 'create', scopes: ['read:tap'] }],
    ['username=ada&scope=read:tap', { kind: 'create', scopes: ['read:tap'] }],
    ['scope=read:tap&scope=exec:portal', { kind: 'lacking', scopes: ['exec:portal'] }],
    ['scope=exec:portal&satisfy=any', { kind: 'lacking', scopes: ['exec:portal'] }],
    ['username=grace', { kind: 'impossible', sentence: 'This is for the user grace alone.' }],
    [
      'only_service=tap&scope=read:tap',
      {
        kind: 'impossible',
        sentence: 'Only the service tap can ask here, with the token that it gets for its user.',
      },
    ],
  ])('at %s is %j', (query, remedy) => {
    expect(remedyFor(required(query), 'ada', held)).toEqual(remedy)
  })
})

import { describe, expect, it } from '@jest/globals'
import { actOfChange } from '../../../server/core/audit/token-acts.js'
import type { TokenHistoryEntry } from '../../../server/core/token/history.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const [KEY, OTHER] = ['5KVApqcVbSQWtO3VIRgOhQ', 'NVulqbDMAQUPhQq3NXeqVg'] as [TokenKey, TokenKey]
const ADA = { username: 'ada', address: '192.0.2.7', token: OTHER }
const TAP = ['read:tap'] as Scope[]

const change = (more: Partial<TokenHistoryEntry> = {}): TokenHistoryEntry => ({
  token: KEY,
  username: 'ada',
  tokenType: 'user',
  tokenName: 'topcat',
  scopes: TAP,
  actor: 'ada',
  action: 'create',
  at: 1000,
  ...more,
})

describe('the act behind a change of a token', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['a user’s new token',                         {},                                         ADA,                        'token.create'],
    ['an edit',                                    { action: 'edit' },                         ADA,                        'token.edit'],
    ['a revocation',                               { action: 'revoke' },                       ADA,                        'token.revoke'],
    ['a new delegated token',                      { tokenType: 'internal' },                  ADA,                        'token.create'],
    ['a token that a finder reported',             { action: 'revoke' },                       { username: '<leaked>' },   'token.leaked'],
    ['a session that a finder reported',           { action: 'revoke', tokenType: 'session' }, { username: '<leaked>' },   'token.leaked'],
    ['a new session',                              { tokenType: 'session' },                   { username: 'ada' },        'sign-in'],
    ['an edited session',                          { action: 'edit', tokenType: 'session' },   ADA,                        'token.edit'],
    ['a session that ends itself',                 { action: 'revoke', tokenType: 'session' }, { ...ADA, token: KEY },     'sign-out'],
    ['a session that another one ends',            { action: 'revoke', tokenType: 'session' }, ADA,                        'session.revoke'],
    ['a token that revokes itself',                { action: 'revoke' },                       { ...ADA, token: KEY },     'token.revoke'],
    ['an expiry, in which no user acts',           { action: 'expire' },                       { username: '<internal>' }, 'token.expire'],
  ] as const)('of %s is %s', (_what, more, actor, action) => {
    expect(actOfChange(change(more), actor)?.action).toBe(action)
  })

  it('has the token after it, its owner, and who acted', () => {
    const made = { service: 'tap', parent: OTHER, expires: 900, restriction: { services: ['tap'] } }
    expect(actOfChange(change(made), ADA)).toStrictEqual({
      action: 'token.create',
      actor: ADA,
      object: { type: 'token', id: KEY, owner: 'ada' },
      after: { type: 'user', name: 'topcat', scopes: TAP, ...made },
    })
  })

  it('of a revocation has the token before it, and the administrator’s reason, which is no part of the actor', () => {
    const act = actOfChange(change({ action: 'revoke' }), { username: 'grace', reason: 'It leaked' })
    expect(act).toEqual({
      action: 'token.revoke',
      actor: { username: 'grace' },
      object: { type: 'token', id: KEY, owner: 'ada' },
      reason: 'It leaked',
      before: { type: 'user', name: 'topcat', scopes: TAP },
    })
    expect(act?.before).not.toHaveProperty('restriction')
  })

  it('of an edit has what was changed, before and after; no end is null', () => {
    const old = { expires: 900, restriction: null }
    const edited = actOfChange(change({ action: 'edit', old, restriction: { services: ['tap'] } }), ADA)
    expect(edited).toMatchObject({
      before: old,
      after: { name: 'topcat', scopes: TAP, expires: null, restriction: { services: ['tap'] } },
    })
    const bounded = actOfChange(change({ action: 'edit', old: { expires: null }, expires: 900 }), ADA)
    expect(bounded?.after).toStrictEqual({ name: 'topcat', scopes: TAP, expires: 900 })
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Restriction } from '../../../server/core/access/restriction.js'
import { recordChange, recordEdit } from '../../../server/core/token/history.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const TOKEN: TokenRecord = {
  key: 'NVulqbDMAQUPhQq3NXeqVg' as TokenKey,
  type: 'user',
  username: 'ada',
  name: 'topcat',
  scopes: ['read:image', 'read:tap'] as Scope[],
  created: 100,
  email: 'ada@example.org',
}
const ADA = { username: 'ada', address: '192.0.2.7' }

describe('a history entry', () => {
  it('says what the token was, who acted, from where and when, and nothing of the person', () => {
    expect(recordChange('revoke', TOKEN, ADA, 200)).toEqual({
      token: TOKEN.key,
      username: 'ada',
      tokenType: 'user',
      tokenName: 'topcat',
      scopes: ['read:image', 'read:tap'],
      action: 'revoke',
      actor: 'ada',
      address: '192.0.2.7',
      at: 200,
    })
  })

  it('names the token that acted, and has nothing that the token or its actor has not', () => {
    expect(recordChange('create', TOKEN, { username: '<operator>' }, 200)).toStrictEqual({
      token: TOKEN.key,
      username: 'ada',
      tokenType: 'user',
      tokenName: 'topcat',
      scopes: ['read:image', 'read:tap'],
      action: 'create',
      actor: '<operator>',
      at: 200,
    })
    expect(recordChange('create', TOKEN, { ...ADA, token: TOKEN.key }, 200)).toMatchObject({ actorToken: TOKEN.key })
    const delegated = { parent: TOKEN.key, service: 'tap', expires: 900, restriction: { services: ['tap'] } }
    expect(recordChange('create', { ...TOKEN, ...delegated }, ADA, 200)).toMatchObject(delegated)
  })

  const [tap, home] = [{ services: ['tap'] }, { networks: ['192.0.2.0/24'] }]

  // biome-ignore format: a table reads in columns
  it.each([
    ['that binds the token',                 undefined,  tap,                     { restriction: null }],
    ['that frees it',                        tap,        undefined,               { restriction: tap }],
    ['to another service',                   tap,        { services: ['image'] }, { restriction: tap }],
    ['to another network',                   home,       { networks: ['10.0.0.0/8'] }, { restriction: home }],
    ['to a network in place of a service',   tap,        home,                    { restriction: tap }],
    ['that leaves it bound as it was',       tap,        { services: ['tap'] },   {}],
  ])('of an edit %s has the previous restriction if it is another', (_what, before, after, old) => {
    const bound = (restriction: Restriction | undefined) => (restriction ? { ...TOKEN, restriction } : TOKEN)
    expect(recordEdit(bound(before), bound(after), ADA, 300).old).toStrictEqual(old)
  })

  it('of an edit names what was different before, and only that', () => {
    const narrowed = { ...TOKEN, scopes: ['read:tap'] as Scope[] }
    expect(recordEdit(TOKEN, narrowed, ADA, 300).old).toEqual({ scopes: ['read:image', 'read:tap'] })
    expect(recordEdit(TOKEN, { ...TOKEN, expires: 900 }, ADA, 300).old).toEqual({ expires: null })
    expect(recordEdit({ ...TOKEN, expires: 900 }, TOKEN, ADA, 300).old).toEqual({ expires: 900 })
    expect(recordEdit(TOKEN, { ...TOKEN, name: 'stilts' }, ADA, 300)).toMatchObject({
      tokenName: 'stilts',
      old: { name: 'topcat' },
    })
    expect(recordEdit(TOKEN, TOKEN, ADA, 300).old).toEqual({})
  })
})

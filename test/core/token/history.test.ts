import { describe, expect, it } from '@jest/globals'
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

import { describe, expect, it } from '@jest/globals'
import { applyOwner, notInEffectBy } from '../../../server/core/token/owner-limits.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const MAPPING = new Map([['read:tap' as Scope, new Set(['users'])]])
const USERS = [{ name: 'users', id: 1000 }]
const TOKEN: TokenRecord = {
  key: 'k'.repeat(22) as TokenKey,
  type: 'user',
  username: 'ada',
  scopes: ['read:image', 'read:tap', 'user:token'] as Scope[],
  created: 0,
}

describe('the scopes of a token that are not in effect', () => {
  it('are those that no group of its owner gives', () => {
    expect(notInEffectBy({ username: 'ada', groups: USERS }, MAPPING)(TOKEN)).toEqual(['read:image'])
  })

  it('are none where its owner is unknown', () => {
    expect(notInEffectBy(undefined, MAPPING)(TOKEN)).toEqual([])
  })

  it('are all of them when the account is disabled', () => {
    expect(notInEffectBy({ username: 'ada', disabled: true }, MAPPING)(TOKEN)).toEqual(TOKEN.scopes)
  })
})

describe('a token with its owner’s facts', () => {
  it('has only those that are known', () => {
    expect(applyOwner(TOKEN, { username: 'ada' }, undefined)).toEqual(TOKEN)
    expect(Object.keys(applyOwner(TOKEN, { username: 'ada' }, undefined) ?? {})).toEqual(Object.keys(TOKEN))
  })

  it.each([{ groups: [] }, { email: 'ada@pinned.example' }])(
    'has its owner’s groups where none is pinned: %j',
    (pinned) => {
      const owner = { username: 'ada', groups: USERS }
      expect(applyOwner({ ...TOKEN, pinned }, owner, MAPPING)?.groups).toEqual(['users'])
    },
  )
})

import { expect, it } from '@jest/globals'
import { recordChange, recordEdit } from '../../../server/core/token/history.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const BARE: TokenRecord = {
  key: 'k'.repeat(22) as TokenKey,
  type: 'internal',
  username: 'ada',
  scopes: ['read:tap'] as Scope[],
  created: 100,
}
const FULL: TokenRecord = { ...BARE, name: 'topcat', parent: 'p'.repeat(22) as TokenKey, service: 'tap', expires: 900 }

const ENTRY = { token: BARE.key, username: 'ada', tokenType: 'internal', scopes: ['read:tap'], actor: 'ada', at: 200 }
const FACTS = { tokenName: 'topcat', parent: FULL.parent, service: 'tap', expires: 900 }

it('an entry has every fact of the token that there is, and no other', () => {
  expect(recordChange('create', FULL, { username: 'ada' }, 200)).toStrictEqual({ ...ENTRY, ...FACTS, action: 'create' })
  expect(recordChange('expire', BARE, { username: 'ada' }, 200)).toStrictEqual({ ...ENTRY, action: 'expire' })
})

it('an edit is one, from the actor’s address where there is one', () => {
  const edit = { ...ENTRY, action: 'edit', old: {} }
  expect(recordEdit(BARE, BARE, { username: 'ada', address: '192.0.2.7' }, 200)).toStrictEqual({
    ...edit,
    address: '192.0.2.7',
  })
  expect(recordEdit(BARE, BARE, { username: 'ada' }, 200)).toStrictEqual(edit)
})

it('an edit that names a token that had no name has no old one', () => {
  expect(recordEdit(BARE, { ...BARE, name: 'topcat' }, { username: 'ada' }, 200).old).toStrictEqual({})
})

import { describe, expect, it } from '@jest/globals'
import { noticeOfChange, storedReason } from '../../../server/core/notices/notice.js'
import type { TokenHistoryEntry } from '../../../server/core/token/history.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const KEY = '5KVApqcVbSQWtO3VIRgOhQ' as TokenKey
const OWNER = {
  username: 'ada',
  address: '192.0.2.7',
  client: 'curl/8',
  token: KEY,
  requestId: 'r',
  via: 'api' as const,
}
const ADMIN = { ...OWNER, username: 'grace', reason: 'It leaked' }

const change = (over: Partial<TokenHistoryEntry>): TokenHistoryEntry => ({
  token: KEY,
  username: 'ada',
  tokenType: 'user',
  tokenName: 'topcat',
  scopes: [],
  actor: 'ada',
  action: 'create',
  at: 1000,
  ...over,
})

describe('the notice of a change', () => {
  it('of a new token says where it was created, and with what', () => {
    expect(noticeOfChange(change({}), OWNER)).toEqual({
      username: 'ada',
      kind: 'tokenCreated',
      at: 1000,
      token: KEY,
      facts: { type: 'user', name: 'topcat', address: '192.0.2.7', client: 'curl/8', actorToken: KEY },
    })
  })

  it('has nothing that is not known of the act', () => {
    const { tokenName: _name, ...unnamed } = change({})
    expect(noticeOfChange(unnamed, { username: 'ada' })?.facts).toStrictEqual({ type: 'user' })
    const { reason: _reason, ...silent } = ADMIN
    expect(noticeOfChange(change({ action: 'revoke', tokenType: 'session' }), silent)).toStrictEqual({
      username: 'ada',
      kind: 'tokenRevoked',
      at: 1000,
      token: KEY,
      facts: { type: 'session', name: 'topcat', by: 'administrator' },
    })
  })

  it('names nothing of an administrator but the reason', () => {
    expect(noticeOfChange(change({}), ADMIN)?.facts).toEqual({ type: 'user', name: 'topcat', by: 'administrator' })
    expect(noticeOfChange(change({ action: 'revoke' }), ADMIN)).toMatchObject({
      kind: 'tokenRevoked',
      facts: { type: 'user', name: 'topcat', by: 'administrator', reason: 'It leaked' },
    })
  })

  it.each(['user', 'session', 'notebook', 'internal', 'service'] as const)(
    'says when a %s token was revoked because it leaked',
    (tokenType) => {
      const notice = noticeOfChange(change({ action: 'revoke', tokenType }), { ...OWNER, username: '<leaked>' })
      expect(notice?.facts).toEqual({ type: tokenType, name: 'topcat', by: 'finder' })
    },
  )

  // biome-ignore format: a table reads in columns
  it.each([
    ['an own revocation',           { action: 'revoke' },                          OWNER],
    ['an expiry',                   { action: 'expire' },                          { username: '<internal>' }],
    ['a session beyond the limit',  { action: 'revoke', tokenType: 'session' },    { username: '<internal>' }],
    ['an edit',                     { action: 'edit' },                            OWNER],
    ['an edit by an administrator', { action: 'edit' },                            ADMIN],
    ['a sign-in',                   { tokenType: 'session' },                      OWNER],
    ['a delegated token',           { tokenType: 'internal' },                     OWNER],
    ['a service token',             { tokenType: 'service', username: 'bot-x' },   ADMIN],
    ['a revoked delegated token',   { action: 'revoke', tokenType: 'notebook' },   ADMIN],
  ] as const)('is not made of %s', (_what, over, actor) =>
    expect(noticeOfChange(change(over), actor)).toBeUndefined())
})

describe('a reason', () => {
  it.each([
    [undefined, undefined],
    ['  ', undefined],
    [' It leaked ', 'It leaked'],
    [`found gt-${KEY}.zcCNbwSzCFpvHB2cTgNjVA in a log`, `found gt-${KEY}.[secret] in a log`],
  ])('%j is stored as %j', (given, stored) => expect(storedReason(given)).toBe(stored))

  it('is bounded', () => expect(storedReason('x'.repeat(10_000))).toHaveLength(500))
})

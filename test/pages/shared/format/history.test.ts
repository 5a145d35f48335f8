import { describe, expect, it } from '@jest/globals'
import type { TokenHistoryEntry } from '../../../../server/core/token/history.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import type { TokenKey } from '../../../../server/core/token/token.js'
import { entrySentence, sentence } from '../../../../server/pages/shared/format/history.js'
import { ENGLISH } from '../../../../server/words/words.js'
import { plain } from '../../support/plain.js'

const CHRISTMAS = Date.UTC(2026, 11, 25) / 1000
const scopes = (...names: string[]) => names as Scope[]

const created: TokenHistoryEntry = {
  token: '5KVApqcVbSQWtO3VIRgOhQ' as TokenKey,
  username: 'ada',
  tokenType: 'user',
  tokenName: 'topcat',
  scopes: scopes('read:tap'),
  actor: 'ada',
  action: 'create',
  at: 0,
}

const told = (change: Partial<TokenHistoryEntry>, reader = 'ada') =>
  plain(sentence({ ...created, ...change }, reader, ENGLISH))

describe('a history entry in words', () => {
  it('addresses its actor', () => {
    expect(told({})).toBe('You created it with `read:tap`, without an expiry date.')
    expect(told({}, 'grace')).toBe('ada created it with `read:tap`, without an expiry date.')
  })

  it('gives the end that it was created with', () => {
    expect(told({ expires: CHRISTMAS, scopes: [] })).toBe(
      'You created it without permissions, to expire on 25 Dec 2026, 00:00 UTC.',
    )
  })

  it('distinguishes revoking from expiring, which has no actor', () => {
    expect(told({ action: 'revoke' })).toBe('You revoked it.')
    expect(told({ action: 'revoke', actor: '<internal>' })).toBe('Postern revoked it.')
    expect(told({ action: 'expire', actor: '<internal>' })).toBe('It expired.')
  })

  it('gives the reason of a revocation', () => {
    expect(told({ action: 'revoke', reason: 'leaked laptop' }, 'grace')).toBe('ada revoked it: leaked laptop')
  })

  it('calls the beginning of a session a sign-in', () => {
    expect(told({ tokenType: 'session', expires: CHRISTMAS })).toBe(
      'You signed in with `read:tap`, to expire on 25 Dec 2026, 00:00 UTC.',
    )
  })

  it.each([
    ['both', false, 1, 'ada', 'You revoked 42 tokens and sessions.'],
    ['both', false, 1, 'grace', 'ada revoked 42 tokens and sessions of ada.'],
    ['tokens', false, 3, 'ada', 'You revoked 42 tokens of 3 users.'],
    ['sessions', true, 3, 'grace', 'ada revoked more than 42 sessions of 3 users.'],
  ] as const)(
    'tells an act on many %s as one (more: %s, users: %s, reader: %s)',
    (what, hasMore, users, reader, words) => {
      const several = { count: 42, hasMore, users, what, listed: [] }
      const change: TokenHistoryEntry = { ...created, action: 'revoke' }
      expect(plain(entrySentence({ change, several }, reader, ENGLISH))).toBe(words)
    },
  )

  it.each([
    [scopes('read:image', 'read:tap'), 'You narrowed it from `read:image` and `read:tap` to `read:tap`.'],
    [scopes(), 'You widened it from no permissions to `read:tap`.'],
    [scopes('read:image'), 'You changed it from `read:image` to `read:tap`.'],
  ])('compares the scopes %j with those of now', (old, words) => {
    expect(told({ action: 'edit', old: { scopes: old } })).toBe(words)
  })

  it('names each field that an edit changed', () => {
    expect(told({ action: 'edit', expires: CHRISTMAS, old: { name: 'laptop', expires: null } })).toBe(
      'You renamed it from *laptop* to *topcat*. You changed its expiry from no expiry date to 25 Dec 2026, 00:00 UTC.',
    )
  })

  it('has words for an edit that changed nothing', () => {
    expect(told({ action: 'edit', old: {} })).toBe('You edited it.')
  })
})

import { describe, expect, it } from '@jest/globals'
import { judgeName, type NameFacts } from '../../../server/core/stores-audit/name.js'
import { readRedisKey } from '../../../server/core/stores-audit/redis-key.js'
import { faultOfQuotas, isReadableDevice } from '../../../server/core/stores-audit/site.js'

const ada = { provider: 'site', issuer: 'https://id.example', subject: 'ada' }
const held: NameFacts = { hasAccount: false, person: ada, lastBound: ada, isRefused: false }

describe('a user name', () => {
  it.each<[string, Partial<NameFacts>, string[]]>([
    ['in order', {}, []],
    ['with a local account, too', { hasAccount: true }, ['name-twice']],
    ['without an identity, for the next sign-in', { person: { ...ada, issuer: null, subject: null } }, []],
    ['without a subject', { person: { ...ada, subject: null } }, ['identity-half']],
    ['of another subject', { person: { ...ada, subject: 'eve' } }, ['identity-history']],
    ['of another issuer', { person: { ...ada, issuer: 'https://evil.example' } }, ['identity-history']],
    ['of another provider', { person: { ...ada, provider: 'other' } }, ['identity-history']],
    ['whose own identity is refused', { isRefused: true }, ['identity-refused']],
  ])('%s is judged', (_what, facts, checks) => {
    expect(judgeName({ ...held, ...facts })).toEqual(checks)
  })

  it('whose history was pruned is held to nothing', () => {
    expect(judgeName({ hasAccount: true, isRefused: false })).toEqual([])
    expect(judgeName({ hasAccount: false, person: ada, isRefused: false })).toEqual([])
  })
})

describe('the request of a device', () => {
  const approved = { status: 'approved', username: 'ada', session: 'k', approval: '{"is":"token"}' }
  it.each([
    [approved, true],
    [{ ...approved, status: 'pending', approval: null }, true],
    [{ ...approved, status: 'denied', username: null }, true],
    [{ ...approved, username: null }, false],
    [{ ...approved, session: null }, false],
    [{ ...approved, approval: '{"is":' }, false],
    [{ ...approved, approval: '[]' }, false],
    [{ ...approved, status: 'maybe' }, false],
  ])('%j can be answered: %s', (row, isReadable) => {
    expect(isReadableDevice(row)).toBe(isReadable)
  })
})

describe('quota overrides', () => {
  const recorded = { bypass: ['users'] }
  it.each([
    [null, undefined, undefined],
    [null, null, undefined],
    ['{"bypass":["users"],"groups":{}}', recorded, undefined],
    ['{"bypass":["users"]}', undefined, undefined],
    [null, recorded, 'Redis has none'],
    ['{"bypass":["users"]}', null, 'they were deleted'],
    ['{"bypass":["eve"]}', recorded, 'they differ'],
    ['bypass', undefined, 'they cannot be read'],
    ['[]', undefined, 'they cannot be read'],
  ])('%s after the event %j: %s', (text, event, fault) => {
    expect(faultOfQuotas({ text, recorded: event })).toBe(fault)
  })
})

describe('a key in Redis', () => {
  const [token, hash] = [`${'A'.repeat(21)}B`, 'h'.repeat(43)]
  it.each([
    [`postern:token:{${token}}`, { holds: 'token', token }],
    [`postern:token-use:{${token}}`, { holds: 'use', token }],
    [`postern:token-use-below:{${token}}`, { holds: 'use', token }],
    [`postern:token-ended:{${token}}`, { holds: 'mark' }],
    ['postern:sessions:ada', { holds: 'index', username: 'ada' }],
    ['postern:delegated:ada', { holds: 'index', username: 'ada' }],
    [`postern:openid:{${hash}}`, { holds: 'record', hash }],
    [`postern:openid-used:{${hash}}`, { holds: 'mark' }],
    ['postern:quota:ada:5:tap', { holds: 'counter' }],
    ['postern:quota-overrides', undefined],
    ['postern:life', undefined],
    ['postern:token:{short}', undefined],
    ['other:sessions:ada', undefined],
  ])('%s holds %j', (name, key) => {
    expect(readRedisKey(name)).toEqual(key)
  })
})

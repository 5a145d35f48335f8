import { describe, expect, it } from '@jest/globals'
import { CHECKS, inOrderOfChecks } from '../../../server/core/stores-audit/checks.js'
import { HISTORY_KEPT, NO_HISTORY, SETTLING } from '../../../server/core/stores-audit/history.js'
import { judgePostgresToken, type PostgresTokenFacts } from '../../../server/core/stores-audit/postgres-token.js'
import { judgeRedisToken, type RedisTokenFacts } from '../../../server/core/stores-audit/redis-token.js'
import type { TokenRecord } from '../../../server/core/token/record.js'

const NOW = 1_800_000_000
const CREATED = NOW - 2 * SETTLING
const LIVING = { isBegun: true, isEnded: false }
const ENDED = { isBegun: true, isEnded: true }

const record = { key: 'k', type: 'session', username: 'ada', scopes: [], created: CREATED, expires: NOW + 60 }
const sound: RedisTokenFacts = {
  isIssuedHere: true,
  record: record as never,
  expires: true,
  isIndexed: true,
  isRevoked: false,
  history: LIVING,
  hasWholeChain: true,
  hasEndedAncestor: false,
}
const with_ = (changes: Partial<TokenRecord>) => ({ record: { ...sound.record, ...changes } as TokenRecord })
const { record: _none, ...unsealed } = sound

describe('a token in Redis', () => {
  it.each<[string, Partial<RedisTokenFacts>, string[]]>([
    ['in order', {}, []],
    ['of another site', { isIssuedHere: false }, ['redis-key']],
    ['that was revoked', { isRevoked: true, isIndexed: false }, ['redis-revoked']],
    ['that never goes', { expires: false }, ['redis-expiry']],
    ['that has expired and never goes', { ...with_({ expires: NOW }), expires: false }, ['redis-expiry']],
    ['that has expired a moment ago', { ...with_({ expires: NOW }), isIndexed: false, history: ENDED }, []],
    ['whose history has ended', { history: ENDED }, ['redis-ended']],
    ['that fell with its parent', { history: ENDED, hasWholeChain: false }, []],
    ['made while its parent was revoked', { hasWholeChain: false, hasEndedAncestor: true }, []],
    ['whose parent is revoked and not deleted yet', { hasEndedAncestor: true, isIndexed: false }, []],
    ['whose parent is gone', { hasWholeChain: false }, ['redis-orphan']],
    ['without a history', { history: NO_HISTORY }, ['redis-history']],
    ['that is being made', { history: NO_HISTORY, ...with_({ created: NOW - SETTLING }) }, []],
    ['older than the history', { history: NO_HISTORY, ...with_({ created: NOW - HISTORY_KEPT }) }, []],
    ['that is not listed', { isIndexed: false }, ['index-missing']],
    ['that is not listed and never goes', { isIndexed: false, expires: false }, ['redis-expiry', 'index-missing']],
  ])('%s is judged', (_what, facts, checks) => {
    expect(judgeRedisToken({ ...sound, ...facts }, NOW)).toEqual(checks)
  })

  it('without a seal is nothing else besides', () => {
    expect(judgeRedisToken({ ...unsealed, isIssuedHere: false, expires: false, isRevoked: true }, NOW)).toEqual([
      'redis-seal',
    ])
  })
})

const described = { username: 'ada', type: 'user', name: 'laptop', scopes: ['read:tap', 'user:token'], expires: null }
const row: PostgresTokenFacts = {
  ...described,
  key: 'k',
  created: CREATED,
  isIssuedHere: true,
  isImported: false,
  hasParent: true,
  history: LIVING,
  last: { ...described, scopes: ['user:token', 'read:tap'] },
}
const site = { now: NOW, knownScopes: new Set(['read:tap', 'user:token']) }

describe('a token in PostgreSQL', () => {
  it.each<[string, Partial<PostgresTokenFacts>, string[]]>([
    ['in order', {}, []],
    ['whose history has ended', { history: ENDED }, ['postgres-ended']],
    ['whose parent is gone', { hasParent: false }, ['postgres-orphan']],
    ['that fell with its parent', { hasParent: false, history: ENDED }, ['postgres-ended']],
    ['without a history', { history: NO_HISTORY }, ['postgres-history']],
    ['older than the history', { history: NO_HISTORY, created: NOW - HISTORY_KEPT }, []],
    ['imported without a history', { history: NO_HISTORY, isImported: true, isIssuedHere: false }, []],
    ['imported, with the history of another gate', { isImported: true, scopes: ['read:tap'] }, []],
    ['of another owner', { username: 'eve' }, ['postgres-differs']],
    ['with another end', { expires: NOW + 1 }, ['postgres-differs']],
    ['with fewer scopes than its history', { scopes: ['read:tap'] }, ['postgres-differs']],
    ['with a key of another site', { isIssuedHere: false }, ['postgres-key']],
  ])('%s is judged', (_what, facts, checks) => {
    expect(judgePostgresToken({ ...row, ...facts }, site).map(({ check }) => check)).toEqual(checks)
  })

  it('says which fields differ, and which scopes no setting knows', () => {
    const scopes = ['read:tap', 'no:such']
    expect(judgePostgresToken({ ...row, name: 'other', type: 'service', scopes }, site)).toEqual([
      { check: 'postgres-differs', subject: 'k', owner: 'ada', detail: 'type, name, scopes' },
      { check: 'token-scope', subject: 'k', owner: 'ada', detail: 'no:such' },
    ])
  })
})

describe('the checks', () => {
  it('say what is wrong in one sentence, and what to do where the command mends nothing', () => {
    for (const { says } of Object.values(CHECKS)) expect(says).toMatch(/^[A-Z].*[^.]$/)
  })

  it('are mended with the index that cannot be read before what it should list', () => {
    const findings = [
      { check: 'index-missing', subject: 'k' },
      { check: 'index-unreadable', subject: 'i' },
    ] as const
    expect([...findings].sort(inOrderOfChecks).map(({ subject }) => subject)).toEqual(['i', 'k'])
  })
})

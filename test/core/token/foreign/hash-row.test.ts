import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { distinctName } from '../../../../server/core/token/foreign/distinct-name.js'
import { foreignToken } from '../../../../server/core/token/foreign/foreign-token.js'
import {
  HAS_EXPIRED,
  type HashRow,
  type HashRules,
  readHashRow,
} from '../../../../server/core/token/foreign/hash-row.js'
import { hashByRecipe } from '../../../../server/core/token/foreign/jupyterhub.js'
import type { Scope } from '../../../../server/core/token/scope.js'

const TOKEN = '56a9cf3d0b2e4c7d8f1a2b3c4d5e6f70'
const HASH = createHash('sha256').update(TOKEN).digest('hex')
const HASHED = hashByRecipe('sha512:1:00ff', TOKEN)
const NOW = 1_800_000_000
const RULES: HashRules = {
  algorithm: 'sha256',
  scopes: ['read:tap' as Scope],
  known: new Map([
    ['read:tap' as Scope, 'Query'],
    ['user:token' as Scope, 'Manage tokens'],
  ]),
  now: NOW,
  granted: true,
}
const ROW = { hash: HASH, username: 'ada' }
const read = (more: HashRow, rules: Partial<HashRules> = {}) => readHashRow({ ...ROW, ...more }, { ...RULES, ...rules })

describe('a row of a table of hashes', () => {
  it('is a user token of the key that the token itself has', () => {
    expect(read({})).toEqual({
      secretHash: Buffer.from(HASH, 'hex'),
      record: {
        key: foreignToken('sha256', TOKEN).key,
        type: 'user',
        username: 'ada',
        name: 'imported',
        scopes: ['read:tap'],
        created: NOW,
        granted: true,
      },
    })
  })

  it('says more in its columns, in CSV and in JSON alike', () => {
    const expected = {
      record: { name: 'laptop', scopes: ['read:tap', 'user:token'], created: 1_790_000_000, expires: 1_810_000_000 },
    }
    const csv = {
      name: ' laptop ',
      scopes: 'user:token,read:tap',
      created: '1790000000',
      expires: '2027-05-11T01:46:40Z',
    }
    const json = { name: 'laptop', scopes: ['user:token', 'read:tap'], created: 1_790_000_000, expires: 1_810_000_000 }
    expect(read(csv)).toMatchObject(expected)
    expect(read(json)).toMatchObject(expected)
  })

  it('of JupyterHub keeps what is needed to make the hash again, and not the hash', () => {
    const token = read({ algorithm: 'jupyterhub', hash: HASHED, prefix: '56a9', created: '2025-01-02 03:04:05.123456' })
    expect(token).toMatchObject({
      record: { key: foreignToken('jupyterhub', HASHED).key, created: 1_735_787_045 },
      recipe: { prefix: '56a9', recipe: 'sha512:1:00ff' },
    })
  })

  it('of a service has no name', () => {
    const token = read({ type: 'service', username: 'bot-mobu', name: 'mobu' })
    expect(token).toMatchObject({ record: { type: 'service', username: 'bot-mobu' } })
    expect(token).not.toMatchObject({ record: { name: expect.anything() } })
  })

  it('has its scopes follow its owner’s groups where the operator wants it', () => {
    expect(read({}, { granted: false })).not.toMatchObject({ record: { granted: true } })
  })

  it('was not made in the future', () => {
    expect(read({ created: String(NOW + 60) })).toMatchObject({ record: { created: NOW } })
  })

  it.each([
    ['a long name', 'n'.repeat(300), 'n'.repeat(64)],
    ['a name that no list can show', '\u0007', 'imported'],
    ['a token as its name', 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA', 'imported'],
  ])('with %s has another', (_what, name, stored) => {
    expect(read({ name })).toMatchObject({ record: { name: stored } })
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, HashRow, string]>([
    ['has no hash',                       { hash: '' },                          'there is no hash'],
    ['has a hash that is cut',            { hash: HASH.slice(1) },               'hash is not a SHA-256 of 64 hexadecimal digits'],
    ['has a number for a hash',           { hash: 7 },                           'hash is no text'],
    ['names an unknown algorithm',        { algorithm: 'md5' },                  'there is no algorithm md5: it is one of sha256, jupyterhub'],
    ['is called JupyterHub’s and is not', { algorithm: 'jupyterhub' },           'hash is not in JupyterHub’s form, algorithm:rounds:salt:digest'],
    ['has no prefix',                     { algorithm: 'jupyterhub', hash: HASHED }, 'prefix is not the first 4 characters of the token, as JupyterHub stores them'],
    ['has no user',                       { username: '' },                      'there is no username'],
    ['has a user of another form',        { username: 'Ada Lovelace' },          'username is not one that a user can have here'],
    ['is a session',                      { type: 'session' },                   'type is session: it is user or service'],
    ['is a service token of a user',      { type: 'service' },                   'the username of a service token begins with bot-'],
    ['has an unknown scope',              { scopes: 'read:tap mast:user:info' }, 'knownScopes has no scope mast:user:info'],
    ['has no time for its creation',      { created: 'yesterday' },              'created is no time, such as 2026-12-19T09:41:00Z or seconds since 1970'],
    ['has expired',                       { expires: String(NOW) },              HAS_EXPIRED],
  ])('is refused with a reason where it %s', (_fault, more, reason) => {
    expect(read(more)).toBe(reason)
  })

  it('has a name of its own where its owner has more of the same name, the same at every import', () => {
    const taken = new Set<string>()
    const rows = ['1', '2', '3'].map((digit) => read({ hash: HASH.slice(0, -1) + digit, name: 'n'.repeat(64) }))
    const names = [...rows, read({ name: 'n'.repeat(64), username: 'grace' })].map((row) =>
      typeof row === 'string' ? row : distinctName(row, taken).record.name,
    )
    const marked = expect.stringMatching(/^n{55} [\w-]{8}$/)
    expect(names).toEqual(['n'.repeat(64), marked, marked, 'n'.repeat(64)])
    expect(new Set(names).size).toBe(3)
  })

  it('is refused where neither it nor the command names an algorithm', () => {
    const { algorithm: _none, ...rules } = RULES
    expect(readHashRow(ROW, rules)).toBe('no algorithm is named: it is one of sha256, jupyterhub')
  })
})

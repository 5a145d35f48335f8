import { createCipheriv, createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { decryptFernet, type FernetKey, parseFernetKey } from '../../../server/core/gafaelfawr/fernet.js'
import { readStoredToken } from '../../../server/core/gafaelfawr/stored-token.js'
import { Secret } from '../../../server/core/token/secret.js'
import { ADA, OTHERWISE_ENCRYPTED, SESSION_SECRET, VALUE } from './values.js'

const NOW = 1_790_000_000
const KEY = ADA.token.key

function keyOf(secret: string): FernetKey {
  const key = parseFernetKey(new Secret(secret))
  if (!key) throw new Error('No key')
  return key
}
const SESSION = keyOf(SESSION_SECRET)

/** Encrypts as Fernet does, with an IV of zeros. */
function encrypt(text: string): string {
  const cipher = createCipheriv('aes-128-cbc', SESSION.encryption, Buffer.alloc(16))
  const head = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(24)])
  const signed = Buffer.concat([head, cipher.update(text), cipher.final()])
  return Buffer.concat([signed, createHmac('sha256', SESSION.signing).update(signed).digest()]).toString('base64url')
}
const read = (value: string, key: string = KEY, scopesKept = false) =>
  readStoredToken(key, value, SESSION, { now: NOW, scopesKept })
const readFields = (fields: Readonly<Record<string, unknown>>) => read(encrypt(JSON.stringify({ ...ADA, ...fields })))

describe('a session secret of Gafaelfawr', () => {
  it('is base64url of 32 bytes, and may have white space around it', () => {
    expect(parseFernetKey(new Secret(`${SESSION_SECRET}\n`))).toEqual(SESSION)
    for (const text of [
      '',
      'secret',
      SESSION_SECRET.slice(0, -4),
      `${SESSION_SECRET.slice(0, -1)}AAAA`,
      `/${SESSION_SECRET.slice(1)}`,
    ])
      expect(parseFernetKey(new Secret(text))).toBeUndefined()
  })
})

describe('a Fernet value', () => {
  it('of Python is decrypted, with and without its padding', () => {
    for (const value of [VALUE, VALUE.replace(/=+$/, '')])
      expect(JSON.parse(String(decryptFernet(SESSION, value)))).toEqual(ADA)
  })

  it('is refused whichever of its bytes was changed', () => {
    const bytes = Buffer.from(VALUE, 'base64url')
    for (let at = 1; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
      expect(decryptFernet(SESSION, changed.toString('base64url'))).toBe('wrong-secret')
    }
  })

  it('is refused wherever it was cut off', () => {
    for (let length = 0; length < VALUE.length - 2; length++)
      expect(['truncated', 'wrong-secret']).toContain(decryptFernet(SESSION, VALUE.slice(0, length)))
    expect(decryptFernet(SESSION, VALUE.slice(0, 60))).toBe('truncated')
  })

  it('of another secret is refused, also where only one of its two keys differs', () => {
    const other = keyOf(`${Buffer.alloc(32, 7).toString('base64url')}=`)
    expect(decryptFernet(other, VALUE)).toBe('wrong-secret')
    expect(decryptFernet({ ...SESSION, signing: other.signing }, VALUE)).toBe('wrong-secret')
    // Signed as it should be, so that only the text shows it.
    expect(read(OTHERWISE_ENCRYPTED)).toMatch(/^(?:wrong-secret|not-json)$/)
  })

  it('in characters that are not base64url is no value', () => {
    expect(decryptFernet(SESSION, `${VALUE.slice(0, -4)}+/==`)).toBe('truncated')
    expect(decryptFernet(SESSION, JSON.stringify(ADA))).toBe('truncated')
  })
})

describe('a stored token of Gafaelfawr', () => {
  it('becomes a record with its owner as the token describes them', () => {
    const token = read(VALUE)
    expect(token).toMatchObject({
      record: {
        key: KEY,
        type: 'user',
        username: 'ada',
        scopes: ['read:tap', 'user:token'],
        created: 1_780_000_000,
        pinned: {
          name: 'Ada Lovelace',
          email: 'ada@example.org',
          uid: 1000,
          gid: 2000,
          groups: [{ name: 'users', id: 2001 }],
        },
      },
    })
    if (typeof token === 'string') throw new Error(token)
    expect(token.secret.reveal()).toBe(ADA.token.secret)
    expect(token.record).not.toHaveProperty('expires')
    expect(token.record).not.toHaveProperty('service')
    expect(token.record).not.toHaveProperty('granted')
  })

  it('keeps its scopes whatever its owner’s groups give, if the site says so', () => {
    expect(read(VALUE, KEY, true)).toMatchObject({ record: { granted: true } })
  })

  it('says nothing of its owner where the site has other sources', () => {
    const token = readFields({ name: null, email: null, uid: null, gid: null, groups: null })
    expect(token).toMatchObject({ record: { username: 'ada' } })
    expect(token).not.toHaveProperty('record.pinned')
    expect(readFields({ name: '', email: '' })).toMatchObject({ record: { pinned: { uid: 1000 } } })
  })

  it('may be of each of the six types', () => {
    for (const token_type of ['session', 'user', 'notebook', 'internal', 'service', 'oidc'])
      expect(readFields({ token_type, expires: NOW + 1 })).toMatchObject({
        record: { type: token_type, expires: NOW + 1 },
      })
    expect(readFields({ token_type: 'internal', service: 'tap', expires: NOW + 1 })).toMatchObject({
      record: { service: 'tap' },
    })
  })

  it('is refused by its reason', () => {
    expect(read(VALUE, 'AAECAwQFBgcICQoLDA0ODh')).toBe('key-form')
    expect(read(VALUE, 'AAECAwQFBgcICQoLDA0OD')).toBe('key-form')
    expect(read(VALUE, 'BAECAwQFBgcICQoLDA0ODw')).toBe('key-of-another')
    expect(read(encrypt('gone'))).toBe('not-json')
    expect(read(encrypt('[1]'))).toBe('not-json')
    expect(readFields({ token_type: 'robot' })).toBe('unknown-type')
    expect(readFields({ expires: NOW })).toBe('ended')
    expect(readFields({ expires: NOW + 1 })).not.toBe('ended')
    for (const token_type of ['session', 'notebook', 'internal', 'oidc'])
      expect(readFields({ token_type })).toBe('no-end')
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['username', ['Ada', '', null, 7, 'a'.repeat(65)]],
    ['scopes',   [null, 'read:tap', [7], ['read tap'], ['']]],
    ['created',  [null, '1780000000', -1, 1.5, 1e12]],
    ['expires',  ['never', -1, 1.5, 1e15]],
    ['service',  [7, '', 'a\u0000b']],
    ['name',     [7, 'a\u0000b']],
    ['email',    [{}]],
    ['uid',      [0, -1, 1.5, '1000']],
    ['gid',      [0, '2000']],
    ['groups',   [{}, ['users'], [{ name: 'users' }], [{ name: 'a b', id: 1 }], [{ name: 'users', id: 0 }]]],
    ['token',    [null, 'gt-', { key: KEY }, { key: KEY, secret: 'short' }]],
  ])('is malformed with another %s', (field, values) => {
    for (const value of values) expect(readFields({ [field]: value })).toBe('malformed')
  })
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../server/core/token/secret.js'
import { deriveKeys, masterSecrets } from '../../server/settings/keys.js'
import { loadSettings } from '../../server/settings/load.js'

const base = mkdtempSync(path.join(tmpdir(), 'postern-keys-'))
const folder = () => mkdtempSync(path.join(base, 'data-'))

afterAll(() => rmSync(base, { recursive: true }))

describe('the master secret', () => {
  it('is made once where Postern keeps everything itself, for its owner alone', () => {
    const data = path.join(folder(), 'data')
    const settings = loadSettings({ POSTERN_DATA: data })
    const [made] = masterSecrets(settings)
    expect(made?.reveal()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(masterSecrets(settings)[0]?.reveal()).toBe(made?.reveal())
    expect(statSync(path.join(data, 'secret')).mode & 0o777).toBe(0o600)
  })

  it('is required with stores of another’s, in a sentence that says how to make one', () => {
    const settings = loadSettings({ DATABASE_URL: 'postgresql://u:p@db/x', POSTERN_DATA: folder() })
    expect(() => masterSecrets(settings)).toThrow(/^POSTERN_SECRET: is required .* make one with: node -p/)
  })

  it('that was lost from its file is not replaced by an empty one', () => {
    const data = folder()
    writeFileSync(path.join(data, 'secret'), '')
    expect(() => masterSecrets(loadSettings({ POSTERN_DATA: data }))).toThrow(/secret: holds no secret/)
    expect(readFileSync(path.join(data, 'secret'), 'utf8')).toBe('')
  })

  it('gives another key for each purpose and each secret, and the same ones every time', () => {
    const [a, b] = [new Secret('a'.repeat(32)), new Secret('b'.repeat(32))]
    const keys = deriveKeys([a, b])
    const all = [...keys.csrf, ...keys.cookies, ...keys.delegation].map((key) => Buffer.from(key).toString('hex'))
    expect(new Set(all).size).toBe(6)
    expect(deriveKeys([a, b])).toEqual(keys)
    expect(deriveKeys([b, a]).csrf[1]).toEqual(keys.csrf[0])
  })
})

import fs, { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it, jest } from '@jest/globals'
import { masterSecrets } from '../../../server/operate/lifecycle/master-secrets.js'
import { loadSettings } from '../../../server/settings/load.js'

const base = mkdtempSync(path.join(tmpdir(), 'postern-keys-'))
const folder = () => mkdtempSync(path.join(base, 'data-'))

afterAll(() => rmSync(base, { recursive: true }))

describe('the master secret', () => {
  it('is created once where Postern runs both stores itself, readable by its owner alone', () => {
    const data = path.join(folder(), 'data')
    const settings = loadSettings({ POSTERN_DATA: data })
    const [made] = masterSecrets(settings)
    expect(made?.reveal()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(masterSecrets(settings)[0]?.reveal()).toBe(made?.reveal())
    expect(statSync(path.join(data, 'secret')).mode & 0o777).toBe(0o600)
  })

  it('is required with stores of the operator’s own, in a message that says how to make one', () => {
    const settings = loadSettings({ DATABASE_URL: 'postgresql://u:p@db/x', POSTERN_DATA: folder() })
    expect(() => masterSecrets(settings)).toThrow(/^POSTERN_SECRET: is required .* make one with: node -p/)
  })

  it('is not replaced when its file is empty', () => {
    const data = folder()
    writeFileSync(path.join(data, 'secret'), '')
    expect(() => masterSecrets(loadSettings({ POSTERN_DATA: data }))).toThrow(/secret: holds no secret/)
    expect(readFileSync(path.join(data, 'secret'), 'utf8')).toBe('')
  })

  it('is on disk before its file has a name, so that a crash of the machine leaves no empty secret', () => {
    const data = folder()
    const namedWhenFlushed: boolean[] = []
    const flush = fs.fsyncSync
    const spy = jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
      namedWhenFlushed.push(fs.existsSync(path.join(data, 'secret')))
      flush(descriptor)
    })
    masterSecrets(loadSettings({ POSTERN_DATA: data }))
    spy.mockRestore()
    expect(namedWhenFlushed).toEqual([false])
  })
})

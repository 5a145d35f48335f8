import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createAtomically, writeAtomically } from '../../server/embedded/atomic-file.js'

const base = mkdtempSync(path.join(tmpdir(), 'postern-atomic-'))
let file: string

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(base, 'folder-')), 'file')
})
afterAll(() => rmSync(base, { recursive: true }))

describe.each([
  ['writeAtomically', writeAtomically],
  ['createAtomically', createAtomically],
])('%s', (_name, write) => {
  it('makes a file that its owner alone may read, and leaves no other beside it', () => {
    writeFileSync(`${file}.${process.pid}`, 'left by a process that died')
    write(file, 'whole')
    expect(readFileSync(file, 'utf8')).toBe('whole')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(path.dirname(file))).toEqual(['file'])
  })
})

describe('a file that exists', () => {
  it('is replaced by writeAtomically', () => {
    writeFileSync(file, 'first')
    writeAtomically(file, 'second')
    expect(readFileSync(file, 'utf8')).toBe('second')
  })

  it('is kept by createAtomically, which says so', () => {
    expect(createAtomically(file, 'first')).toBe(true)
    expect(createAtomically(file, 'second')).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe('first')
    expect(readdirSync(path.dirname(file))).toEqual(['file'])
  })
})

import { describe, expect, it } from '@jest/globals'
import { filesOf, type Manifest, readManifest, refuseMigrations } from '../../../server/core/backup/manifest.js'

const file = (name: string) => ({ name, bytes: 3, sha256: 'a'.repeat(64), rows: 1 })

const MANIFEST: Manifest = {
  format: 1,
  id: 'b6f4',
  product: '0.1.0',
  taken: '2026-11-26T20:00:00Z',
  encrypted: false,
  migrations: [{ name: '20260101000000_first', checksum: 'c1' }],
  tables: [{ table: 'token', columns: ['key'], file: file('token.copy') }],
  sequences: [{ name: 'token_change_id_seq', last: '17' }],
  redis: file('redis.ndjson'),
}

const problemIn = (manifest: unknown) => {
  const read = readManifest(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  return 'problem' in read ? read.problem : undefined
}

describe('the manifest of a backup', () => {
  it('reads as it was written', () => {
    expect(readManifest(JSON.stringify(MANIFEST))).toEqual(MANIFEST)
  })

  it('names every file of the backup', () => {
    expect(filesOf(MANIFEST).map(({ name }) => name)).toEqual(['token.copy', 'redis.ndjson'])
  })

  it('is refused with a later format, whatever else it has', () => {
    expect(problemIn({ format: 2, pages: [] })).toBe(
      'The backup has format 2, and this version of Postern reads up to 1',
    )
  })

  it.each([
    ['is cut off', JSON.stringify(MANIFEST).slice(0, -9)],
    ['lacks a field', { ...MANIFEST, redis: undefined }],
    ['has a file outside of its folder', { ...MANIFEST, redis: file('../../etc/passwd') }],
    ['has a file that is a hidden one', { ...MANIFEST, redis: file('.profile') }],
    ['is no object', 'null'],
  ])('is refused when it %s', (_what, manifest) => {
    expect(problemIn(manifest)).toBe('manifest.json is not the manifest of a backup: it was edited or cut off')
  })
})

describe('the migrations of a backup', () => {
  const [first] = MANIFEST.migrations
  const known = [...(first ? [first] : []), { name: '20270101000000_later', checksum: 'c2' }]

  it('may be fewer than this version has', () => {
    expect(refuseMigrations(MANIFEST, known)).toBeUndefined()
  })

  it('are refused when this version does not know one', () => {
    const newer = { product: '9.0.0', migrations: [...known, { name: '20280101000000_next', checksum: 'c3' }] }
    expect(refuseMigrations(newer, known)).toBe(
      'The backup was made by a newer version of Postern (9.0.0): it has the migration 20280101000000_next, which this version does not know',
    )
  })

  it('are refused when one is another than that of the same name here', () => {
    const edited = { ...MANIFEST, migrations: [{ name: '20260101000000_first', checksum: 'other' }] }
    expect(refuseMigrations(edited, known)).toBe(
      'The migration 20260101000000_first of the backup is not the one that this version has',
    )
  })
})

import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as age from 'age-encryption'
import { Redis } from 'ioredis'
import type { Manifest } from '../../../../server/core/backup/manifest.js'
import { withRecordMac } from '../../../../server/core/token/record-mac.js'
import { Secret } from '../../../../server/core/token/secret.js'
import { deriveKeys } from '../../../../server/settings/keys.js'
import { runIn, useCommandLine } from '../command-line.js'
import { backupFolder, emptySite, newFolder, onDatabase, tableCount } from './support.js'

const line = useCommandLine()

/** An encrypted backup and a plain one, and an empty site that nothing is restored to. */
let plain: string
let encrypted: string
let keyFile: string
let target: Record<string, string>
let redis: Redis

beforeAll(async () => {
  const site = line.site()
  await site.session('ada')
  await site.token('ada')
  ;[plain, encrypted] = [backupFolder(), backupFolder()]
  keyFile = path.join(newFolder(), 'key')
  writeFileSync(keyFile, `# a comment\n${await age.generateX25519Identity()}\n`)
  await line.run(['backup', plain])
  await line.run(['backup', encrypted, '--key-file', keyFile])
  target = await emptySite(line.environment())
  redis = new Redis(target.REDIS_URL ?? '')
})
afterAll(() => redis.disconnect())

/** Copies the plain backup, and changes the copy. */
function changed(change: (folder: string) => void): string {
  const folder = path.join(newFolder(), 'copy')
  cpSync(plain, folder, { recursive: true })
  change(folder)
  return folder
}

/** Changes the manifest, with the right MAC. */
function signed(change: (manifest: Manifest) => unknown): string {
  return changed((folder) => {
    const file = path.join(folder, 'manifest.json')
    const { mac: _mac, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest & { readonly mac: string }
    const [key] = deriveKeys([new Secret(target.POSTERN_SECRET ?? '')]).backups
    writeFileSync(file, withRecordMac(key, 'backup manifest', JSON.stringify(change(manifest))))
  })
}

async function expectNothingWritten(): Promise<void> {
  expect(await tableCount(target.DATABASE_URL)).toBe(0)
  // The start of a command asks Redis for its rights with two keys that expire.
  expect((await redis.keys('postern:*')).filter((key) => !key.startsWith('postern:start'))).toEqual([])
}

const edit = (name: string, change: (file: string) => void) => () =>
  changed((folder) => change(path.join(folder, name)))

const replaced = (from: string, to: string) => (file: string) =>
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to))

const REFUSED: readonly (readonly [what: string, folder: () => string, sentence: string])[] = [
  ['that is not there', () => '/nowhere', 'There is no backup in /nowhere'],
  ['that was not finished', edit('manifest.json', (file) => rmSync(file)), 'it has no manifest.json'],
  [
    'with a manifest that was cut off',
    edit('manifest.json', (file) => truncateSync(file, 99)),
    'it was edited or cut off',
  ],
  [
    'with a manifest that was edited',
    edit('manifest.json', replaced('"rows": 1', '"rows": 2')),
    'was edited, or the backup is of a site with another master secret',
  ],
  ['with a file that is missing', edit('account.copy', (file) => rmSync(file)), 'account.copy is missing'],
  ['with a file that was cut off', edit('token.copy', (file) => truncateSync(file, 10)), 'token.copy was cut off'],
  [
    'with a file that was edited',
    edit('token.copy', replaced('ada', 'eve')),
    'token.copy is not the file that was written',
  ],
  [
    'with a file that has more than it had',
    edit('redis.ndjson', (file) => appendFileSync(file, '{}\n')),
    'redis.ndjson is not the file that was written',
  ],
  [
    'of a later format',
    () => signed((manifest) => ({ ...manifest, format: 2 })),
    'The backup has format 2, and this version of Postern reads up to 1',
  ],
  [
    'of a newer version',
    () =>
      signed((manifest) => ({
        ...manifest,
        product: '9.0.0',
        migrations: [...manifest.migrations, { name: '20990101000000_next', checksum: 'c' }],
      })),
    'made by a newer version of Postern (9.0.0): it has the migration 20990101000000_next',
  ],
]

describe('postern restore refuses, and writes nothing', () => {
  it.each(REFUSED)('a backup %s', async (_what, folder, sentence) => {
    const { code, output } = await runIn(target, ['restore', folder()])
    expect([code, output]).toEqual([1, expect.stringContaining(sentence)])
    await expectNothingWritten()
  })

  it('an encrypted backup without a key', async () => {
    const { code, output } = await runIn(target, ['restore', encrypted])
    expect([code, output]).toEqual([1, expect.stringContaining('The backup is encrypted.')])
    await expectNothingWritten()
  })

  it('an encrypted backup with another key', async () => {
    const other = path.join(newFolder(), 'key')
    writeFileSync(other, await age.generateX25519Identity())
    const { code, output } = await runIn(target, ['restore', encrypted, '--key-file', other])
    expect([code, output]).toEqual([1, expect.stringContaining(`The key of ${other} does not open the backup.`)])
    await expectNothingWritten()
  })

  it('an encrypted backup with a public key', async () => {
    const other = path.join(newFolder(), 'key')
    const secret = readFileSync(keyFile, 'utf8').split('\n')[1] ?? ''
    writeFileSync(other, await age.identityToRecipient(secret))
    const { code, output } = await runIn(target, ['restore', encrypted, '--key-file', other])
    expect([code, output]).toEqual([1, expect.stringContaining('has no secret key.')])
    await expectNothingWritten()
  })

  it('a backup of a site with another master secret', async () => {
    const { code, output } = await runIn({ ...target, POSTERN_SECRET: 'y'.repeat(32) }, ['restore', plain])
    expect([code, output]).toEqual([1, expect.stringContaining('of a site with another master secret')])
    await expectNothingWritten()
  })

  it('where no master secret is, and makes none', async () => {
    const { DATABASE_URL: _url, REDIS_URL: _redis, POSTERN_SECRET: _secret, ...embedded } = target
    const { code, output } = await runIn(embedded, ['restore', plain])
    expect([code, output]).toEqual([1, expect.stringContaining('There is no master secret')])
    expect(existsSync(embedded.POSTERN_DATA ?? '')).toBe(false)
  })

  it('where the database has tables, and leaves them as they are', async () => {
    const there = await emptySite(line.environment())
    await onDatabase(there.DATABASE_URL, (client) => client.query('CREATE TABLE guests AS SELECT 7 AS number'))
    const { code, output } = await runIn(there, ['restore', plain])
    expect([code, output]).toEqual([1, expect.stringContaining('The database is not empty: it has the table guests.')])
    expect(await tableCount(there.DATABASE_URL)).toBe(1)
  })

  it('where a site is, and leaves its tokens as they are', async () => {
    const { code, output } = await line.run(['restore', plain])
    expect([code, output]).toEqual([1, expect.stringContaining('is not empty')])
    expect(await line.site().context.postgres.prisma.token.count()).toBe(1)
  })

  it('where Redis has sessions, and writes nothing to the database', async () => {
    const there = { ...(await emptySite(line.environment())), REDIS_URL: line.environment().REDIS_URL ?? '' }
    const { code, output } = await runIn(there, ['restore', plain])
    expect([code, output]).toEqual([1, expect.stringContaining('Redis is not empty')])
    expect(await tableCount(there.DATABASE_URL)).toBe(0)
  })
})

describe('the site that all of it was refused for', () => {
  it('takes the encrypted backup with its key', async () => {
    const { code, output } = await runIn(target, ['restore', encrypted, '--key-file', keyFile])
    expect([code, output]).toEqual([0, expect.stringContaining('is restored.')])
    expect(await redis.keys('postern:token:*')).toHaveLength(1)
  })
})

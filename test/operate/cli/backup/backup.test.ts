import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import * as age from 'age-encryption'
import { isBackedUp, TABLES_LEFT_OUT } from '../../../../server/core/backup/left-out.js'
import { type Manifest, readManifest } from '../../../../server/core/backup/manifest.js'
import { useCommandLine } from '../command-line.js'
import { emptyFolder } from '../executable.js'

const line = useCommandLine()

function manifestIn(folder: string): Manifest {
  const manifest = readManifest(readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
  if ('problem' in manifest) throw new Error(manifest.problem)
  return manifest
}

function newFolder(): string {
  const folder = emptyFolder()
  mkdirSync(folder, { recursive: true })
  return folder
}

const keyOf = (token: string) => token.slice(3, 25)
const textOf = (folder: string, name: string) => readFileSync(path.join(folder, name), 'utf8')

describe('postern backup', () => {
  it('writes every table and every record of Redis but those that are left out with a reason', async () => {
    const { session, token, context } = line.site()
    const [ada, tap] = [keyOf(await session('ada')), keyOf(await token('bert'))]
    const folder = path.join(newFolder(), 'today')
    const { code, output } = await line.run(['backup', folder])
    expect([code, output]).toEqual([0, expect.stringContaining(`is in ${folder}.`)])
    const manifest = manifestIn(folder)

    const { rows } = await context.postgres.pool.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
    )
    const written = manifest.tables.map(({ table }) => table)
    expect([...written, ...Object.keys(TABLES_LEFT_OUT)].sort()).toEqual(rows.map(({ name }) => name).sort())
    expect(textOf(folder, 'token.copy')).toContain(tap)
    expect(textOf(folder, 'redis.ndjson')).toContain(ada)
    const keys = (await context.redis.keys('postern:*')).filter(isBackedUp)
    expect(
      textOf(folder, 'redis.ndjson')
        .split('\n')
        .filter((each) => each !== '')
        .map((each) => (JSON.parse(each) as { key: string }).key)
        .sort(),
    ).toEqual(keys.sort())
  })

  it('has its own event, so that a log shows where it begins to be old', async () => {
    const folder = path.join(newFolder(), 'today')
    await line.run(['backup', folder])
    expect(textOf(folder, 'audit_event.copy')).toContain(manifestIn(folder).id)
  })

  it('gives the files to their owner alone, and leaves nothing beside the folder', async () => {
    const parent = newFolder()
    const folder = path.join(parent, 'today')
    await line.run(['backup', folder])
    const modes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode & 0o777)
    expect([statSync(folder).mode & 0o777, ...new Set(modes)]).toEqual([0o700, 0o600])
    expect(readdirSync(parent)).toEqual(['today'])
  })

  it('is refused where a folder has files, and changes none of them', async () => {
    const folder = path.join(newFolder(), 'today')
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'notes'), 'mine')
    const { code, output } = await line.run(['backup', folder])
    expect([code, output]).toEqual([1, expect.stringContaining(`${folder} exists already`)])
    expect(readdirSync(folder)).toEqual(['notes'])
    expect(readdirSync(path.dirname(folder))).toEqual(['today'])
  })

  it('is encrypted for a public key, and opened by age with the secret one', async () => {
    const secret = await age.generateX25519Identity()
    const parent = newFolder()
    const [folder, keyFile] = [path.join(parent, 'today'), path.join(parent, 'key')]
    writeFileSync(keyFile, `# for backups\n${await age.identityToRecipient(secret)}\n`)
    const key = keyOf(await line.site().session('carol'))
    const { code, output } = await line.run(['backup', folder, '--key-file', keyFile])
    expect([code, output]).toEqual([0, expect.stringContaining('encrypted')])
    expect(manifestIn(folder).encrypted).toBe(true)
    const everything = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1'))
    expect(everything.join('')).not.toContain('carol')
    const decrypter = new age.Decrypter()
    decrypter.addIdentity(secret)
    const plain = await decrypter.decrypt(readFileSync(path.join(folder, 'redis.ndjson.age')), 'text')
    expect(plain).toContain(key)
  })

  it('is refused with a file that holds no key, and writes nothing', async () => {
    const parent = newFolder()
    const keyFile = path.join(parent, 'key')
    writeFileSync(keyFile, 'correct horse battery staple\n')
    const { code, output } = await line.run(['backup', path.join(parent, 'today'), '--key-file', keyFile])
    expect([code, output]).toEqual([1, expect.stringContaining(`The key file ${keyFile} holds no key of age.`)])
    expect(output).not.toContain('horse')
    expect(readdirSync(parent)).toEqual(['key'])
  })
})

import { cpSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../../server/core/token/secret.js'
import { formatToken, hashSecret, mintToken } from '../../../../server/core/token/token.js'
import { deriveKeys } from '../../../../server/settings/keys.js'
import { writeBackup } from '../../../../server/storage/backup/write-backup.js'
import { databaseBefore, migrationNames } from '../../../support/stores/earlier-database.js'
import { runIn, useCommandLine } from '../command-line.js'
import { emptyFolder, postern, removeFolders, startServer } from '../executable.js'
import { backupFolder, check, emptySite, onDatabase, serveOn } from './support.js'

const line = useCommandLine()
afterAll(() => removeFolders())

describe('a backup of an earlier version', () => {
  it('is restored with its schema, and migrated: its tokens are admitted', async () => {
    const { context } = line.site()
    const keys = deriveKeys([new Secret(line.environment().POSTERN_SECRET ?? '')])
    const token = mintToken('postgres', context.random, keys.tokenKeys[0])
    const databaseUrl = await databaseBefore('20261127')
    await onDatabase(databaseUrl, async (client) => {
      await client.query(
        `INSERT INTO account (username, password_hash, uid, gid, created) VALUES ('ada', '-', 1, 1, now())`,
      )
      await client.query(
        `INSERT INTO token (key, secret_hash, type, username, name, scopes, created, granted) VALUES ($1, $2, 'user', 'ada', 'old', '{read:tap}', now(), true)`,
        [token.key, hashSecret(token.secret)],
      )
    })
    const directory = backupFolder()
    const manifest = await writeBackup({ ...context, keys }, { directory, databaseUrl, product: '0.0.1', id: 'old' })
    expect(manifest.migrations.length).toBeLessThan((await migrationNames()).length)

    const target = await emptySite(line.environment())
    const { code, output } = await runIn(target, ['restore', directory])
    expect([code, output]).toEqual([0, expect.stringContaining('written by Postern 0.0.1, is restored.')])
    expect(await runIn(target, ['restore', 'confirm', '--accept'])).toMatchObject({ code: 0 })
    const names = await onDatabase(target.DATABASE_URL, (client) =>
      client.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1'),
    )
    expect(names.rows.map(({ name }) => name)).toEqual(await migrationNames())
    const site = await serveOn(target)
    expect(await check(site, formatToken(token))).toBe(200)
    await site.stop()
  })
})

describe('a site that runs its own stores', () => {
  it('is backed up beside its server, restored into another folder, and says at its start that it is not confirmed', async () => {
    const [here, there] = [emptyFolder(), emptyFolder()]
    const environment = (data: string) => ({ POSTERN_DATA: data, POSTERN_PORT: '0' })
    const server = startServer(environment(here))
    await server.printed(/Sign in as admin/)
    expect(await postern(environment(here), ['account', 'add', 'ada', '--generate'])).toMatchObject({ code: 0 })
    const folder = backupFolder()
    expect(await postern(environment(here), ['backup', folder])).toMatchObject({ code: 0 })
    server.child.kill('SIGINT')
    await server.ended()

    mkdirSync(there, { recursive: true })
    cpSync(path.join(here, 'secret'), path.join(there, 'secret'))
    expect(await postern(environment(there), ['restore', folder])).toMatchObject({ code: 0 })
    const restored = startServer(environment(there))
    await restored.printed(/restored from a backup of .*, and the restore is not confirmed/)
    const list = await postern(environment(there), ['account', 'list'])
    expect(list.output).toMatch(/^ada/m)
    const again = await postern(environment(there), ['restore', folder])
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('Postern already runs on')])
    expect(await postern(environment(there), ['restore', 'confirm', '--accept'])).toMatchObject({ code: 0 })
    restored.child.kill('SIGINT')
    await restored.ended()
  })
})

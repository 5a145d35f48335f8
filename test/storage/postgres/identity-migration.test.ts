import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase } from '../../support/stores/stores.js'

const MIGRATIONS = path.resolve('prisma/migrations')
const IDENTITY = '20261126010000_identity'

let url: string
let earlier: string

/** A database as the release before identities left it. */
beforeAll(async () => {
  earlier = await mkdtemp(path.join(os.tmpdir(), 'earlier-'))
  const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name) && name < IDENTITY)
  for (const name of names) await cp(path.join(MIGRATIONS, name), path.join(earlier, name), { recursive: true })
  url = await emptyDatabase()
  await migrate(url, earlier)
})
afterAll(() => rm(earlier, { recursive: true }))

describe('the migration that stores identities', () => {
  it('keeps users, and the roles of those who had signed in; the others await a confirmation', async () => {
    await sql(url, `INSERT INTO person (username, provider, signed_in) VALUES ('ada', 'sky', now())`)
    await sql(
      url,
      `INSERT INTO account (username, password_hash, uid, gid, created) VALUES ('grace', 'x', 9, 9, now())`,
    )
    await sql(url, `INSERT INTO program (id, title, public, loaded, updated) VALUES ('p-1', 'x', false, now(), now())`)
    await sql(
      url,
      `INSERT INTO program_investigator (program, kind, name, role) VALUES ('p-1', 'username', 'ada', 'pi'),
       ('p-1', 'username', 'grace', 'co-i'), ('p-1', 'username', 'hedy', 'co-i'), ('p-1', 'email', 'ada@example.org', 'pi')`,
    )
    expect(await migrate(url)).toContain(IDENTITY)

    expect(await sql(url, 'SELECT username, provider, issuer, subject FROM person')).toEqual([
      { username: 'ada', provider: 'sky', issuer: null, subject: null },
    ])
    expect(await sql(url, 'SELECT name FROM program_investigator WHERE awaiting')).toEqual([{ name: 'hedy' }])
  })
})

import { describe, expect, it } from '@jest/globals'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { databaseBefore } from '../../support/stores/earlier-database.js'
import { sql } from '../../support/stores/queries.js'

const IDENTITY = '20261126010000_identity'

describe('the migration that stores identities', () => {
  it('keeps users, and the roles of those who had signed in; the others await a confirmation', async () => {
    const url = await databaseBefore(IDENTITY)
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

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import { findChanged, findPostgresToken } from '../../../server/storage/postgres/find-token.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const [KEY, PARENT, NEVER] = ['5KVApqcVbSQWtO3VIRgOhQ', '6KVApqcVbSQWtO3VIRgOhQ', '7KVApqcVbSQWtO3VIRgOhQ'] as [
  TokenKey,
  TokenKey,
  TokenKey,
]

/** What each column of a token may change to; a use changes those without a value, and no check goes by them. */
const TOKEN: Readonly<Record<string, string | undefined>> = {
  key: undefined,
  secret_hash: `'\\x02'`,
  type: `'service'`,
  username: `'grace'`,
  name: `'other'`,
  scopes: `'{read:image}'`,
  created: `now() - interval '1 day'`,
  expires: `now()`,
  pinned: `'{"uid": 1}'`,
  restriction: `'{"services": ["tap"]}'`,
  granted: 'true',
  last_used: undefined,
  last_used_address: undefined,
  last_used_client: undefined,
  used_below: undefined,
  use_seen: undefined,
  makers: `'{${PARENT}}'`,
  parent: `'${PARENT}'`,
  service: `'portal'`,
}
const USES = `last_used = now(), last_used_address = '192.0.2.1', last_used_client = 'curl', used_below = now(), use_seen = now()`

let postern: RunningPostern
let version: number

const sql = (text: string) => postern.context.postgres.pool.query(text)
const changed = async (keys: readonly TokenKey[] = [KEY]) => [
  ...(await findChanged(
    postern.context.postgres,
    keys.map((key) => ({ key, version })),
  )),
]

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

beforeEach(async () => {
  for (const table of [
    'token_suspension',
    'token',
    'assigned_uid',
    'person',
    'local_group_member',
    'local_group',
    'account',
  ])
    await sql(`DELETE FROM ${table}`)
  await sql(`INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
    VALUES ('${KEY}', '\\x01', 'user', 'ada', 'laptop', '{read:tap}', now() - interval '2 days')`)
  await sql(`INSERT INTO account (username, password_hash, name, uid, gid, created)
    VALUES ('ada', '', 'Ada', 1000, 1000, now())`)
  await sql(`INSERT INTO local_group (name, gid) VALUES ('lovelace', 2001)`)
  version = (await findPostgresToken(postern.context.postgres, KEY))?.version ?? Number.NaN
})

it('has a column of the table token for each of those that are changed here', async () => {
  const { rows } = await sql(`SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'token'`)
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(TOKEN).sort())
})

describe('a token is no longer as it was read', () => {
  it.each(Object.entries(TOKEN).filter(([, value]) => value !== undefined))(
    'when its %s has changed',
    async (column, value) => {
      await sql(`UPDATE token SET ${column} = ${value}`)
      expect(await changed()).toEqual([KEY])
    },
  )

  it.each([
    ['has another name', `UPDATE account SET name = 'Countess'`],
    ['has an address', `UPDATE account SET email = 'ada@example.org'`],
    ['has another UID', `UPDATE account SET uid = 1001`],
    ['has another GID', `UPDATE account SET gid = 1001`],
    ['is disabled', `UPDATE account SET disabled = now()`],
    ['is in a group', `INSERT INTO local_group_member (username, group_name) VALUES ('ada', 'lovelace')`],
    ['has a UID that was imported', `INSERT INTO assigned_uid (username, uid) VALUES ('ada', 1001)`],
    ['is gone', `DELETE FROM account`],
  ])('when its owner %s', async (_what, text) => {
    await sql(text)
    expect(await changed()).toEqual([KEY])
  })

  it('when it has ended', async () => {
    await sql('DELETE FROM token')
    expect(await changed()).toEqual([KEY])
  })

  it('when it is suspended', async () => {
    await sql(
      `INSERT INTO token_suspension (key, username, token_type, since, until, actor)
      VALUES ('${KEY}', 'ada', 'user', now(), now(), 'vera')`,
    )
    expect(await changed()).toEqual([KEY])
  })
})

it('is as it was read when nothing has changed but its uses', async () => {
  await sql(`UPDATE token SET ${USES}`)
  expect(await changed()).toEqual([])
})

it('is told apart from others of the same question', async () => {
  expect(await changed([KEY, NEVER])).toEqual([NEVER])
})

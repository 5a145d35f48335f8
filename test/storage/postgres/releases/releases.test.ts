import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../../server/core/token/secret.js'
import { passwordMatches } from '../../../../server/people/password.js'
import { migrate } from '../../../../server/storage/postgres/migrate.js'
import { OUR_MIGRATIONS, readMigrations } from '../../../../server/storage/postgres/migration/files.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../../support/postern.js'
import { sql } from '../../../support/stores/queries.js'
import { emptyDatabase } from '../../../support/stores/stores.js'
import { SECRET, TOKENS } from './data.js'

const FOLDER = path.join('test', 'storage', 'postgres', 'releases')
const { laptop, expired, revoked, session, bot, child, bound, suspended } = TOKENS

let url: string
let site: RunningPostern

/** By the migration that made room for the data. */
const FACTS: readonly (readonly [since: string, fact: string, verify: () => Promise<void>])[] = [
  [
    '20261122000000_first',
    'user tokens are valid, with owner, name and scopes',
    async () =>
      expect(await tokenInfo(laptop)).toMatchObject({
        status: 200,
        body: { username: 'ada', token_name: 'laptop', scopes: ['read:tap', 'user:token'] },
      }),
  ],
  [
    '20261122000000_first',
    'expired and revoked tokens stay invalid',
    async () => {
      for (const each of [expired, revoked, session]) expect((await tokenInfo(each)).status).toBe(401)
    },
  ],
  [
    '20261122000000_first',
    'histories are whole',
    async () => {
      const { body } = await get(`/auth/api/v1/users/ada/token-change-history?key=${laptop.key}`, laptop)
      expect(body).toMatchObject([
        { action: 'edit', old_scopes: ['read:tap'], scopes: ['read:tap', 'user:token'], ip_address: '192.0.2.7' },
        { action: 'create', scopes: ['read:tap'] },
      ])
      expect(await rows('SELECT action FROM token_change WHERE token = $1 ORDER BY id', revoked.key)).toEqual([
        ['create'],
        ['revoke'],
      ])
    },
  ],
  [
    '20261122000000_first',
    'accounts have their passwords, groups and states',
    async () => {
      const [[hash] = []] = await rows("SELECT password_hash FROM account WHERE username = 'ada'")
      expect(await passwordMatches(new Secret(PASSWORD), String(hash))).toBe(true)
      expect(await rows("SELECT group_name FROM local_group_member WHERE username = 'ada' ORDER BY 1")).toEqual([
        ['admins'],
        ['users'],
      ])
      expect(await rows('SELECT username FROM account WHERE disabled IS NOT NULL')).toEqual([['grace']])
      expect(await rows('SELECT count(*)::int FROM account WHERE emergency OR must_change_password')).toEqual([[0]])
    },
  ],
  [
    '20261122000000_first',
    'a session that was revoked is known for it, should Redis come back with it',
    async () => expect(await rows('SELECT key, delegated FROM token_revocation')).toEqual([[session.key, false]]),
  ],
  [
    '20261122020000_token_use',
    'uses are counted on',
    async () =>
      expect(await rows('SELECT client, count::int FROM token_use WHERE token = $1', laptop.key)).toEqual([
        ['curl', 7],
      ]),
  ],
  [
    '20261122030000_person',
    'service tokens keep scopes that no group gives',
    async () => expect((await tokenInfo(bot)).body).toMatchObject({ username: 'bot-mobu', scopes: ['read:tap'] }),
  ],
  [
    '20261122030000_person',
    'users of a provider are its users',
    async () =>
      expect(await rows('SELECT username, provider, uid, email_verified FROM person')).toEqual([
        ['kepler', 'sky', 4003, true],
      ]),
  ],
  [
    '20261122060000_programs',
    'programs have their investigators, of whom those who never signed in await a confirmation',
    async () => {
      expect(await rows('SELECT kind, name, role, awaiting FROM program_investigator ORDER BY 1, 2')).toEqual([
        ['username', 'ada', 'pi', false],
        ['username', 'kepler', 'co-i', false],
        ['username', 'tycho', 'co-i', true],
        ['email', 'kepler@example.org', 'co-i', false],
      ])
      expect(await rows('SELECT email FROM program_grant')).toEqual([['galileo@example.org']])
      expect(await rows('SELECT action, email FROM program_change')).toEqual([['grant', 'galileo@example.org']])
    },
  ],
  [
    '20261126000000_token_makers',
    'tokens that a token made are valid',
    async () => expect((await tokenInfo(child)).body).toMatchObject({ token_name: 'child', scopes: ['read:tap'] }),
  ],
  [
    '20261126000000_audit',
    'the audit trail has what it had',
    async () =>
      expect(await rows("SELECT action FROM audit_event WHERE event_id = '0001'")).toEqual([['token.create']]),
  ],
  [
    '20261126010000_identity',
    'user names belong to their identities',
    async () => expect(await rows('SELECT issuer, subject FROM person')).toEqual([['https://sky.example.org', 'k-1']]),
  ],
  [
    '20261126040000_token_restriction',
    'tokens are bound to their networks',
    async () => expect((await tokenInfo(bound)).body).toMatchObject({ networks: ['198.51.100.0/24'] }),
  ],
  [
    '20261126080000_oidc_server',
    'clients have their secrets, and keys sign from when they were made',
    async () => {
      expect(await rows('SELECT client_id, encode(secret_hash, $1) FROM oidc_client_secret', 'hex')).toEqual([
        ['grafana', '00'],
      ])
      expect(await rows('SELECT signs_from = created FROM oidc_key')).toEqual([[true]])
      expect(await rows('SELECT count(*)::int FROM oidc_import')).toEqual([[1]])
    },
  ],
  [
    '20261127081000_assigned_uid',
    'users have the UIDs that were imported for them',
    async () => expect(await rows('SELECT username, uid FROM assigned_uid')).toEqual([['brahe', 3000007]]),
  ],
  [
    '20261127121000_preference',
    'users read in the language, form of dates and zone that they chose',
    async () =>
      expect(await rows('SELECT username, language, dates, time_zone FROM preference')).toEqual([
        ['ada', 'fr', 'iso', 'Europe/Paris'],
      ]),
  ],
  [
    '20261127160000_audit_search',
    'events are found by what they were found by',
    async () =>
      expect(await rows("SELECT event_id FROM audit_event WHERE actor = 'ada' AND NOT refused")).toEqual([['0002']]),
  ],
  [
    '20261127130000_act',
    'changes are of the act, and have the reason, that they had',
    async () =>
      expect(await rows('SELECT token, act, reason FROM token_change WHERE act IS NOT NULL')).toEqual([
        [revoked.key, 'AAAAAAAAAAAAAAAAAAAAAA', 'lost'],
      ]),
  ],
  [
    '20261127160000_incident',
    'an act on the tokens of an incident goes on where it was',
    async () =>
      expect(await rows('SELECT id, signed_out, tokens, done, finished FROM incident')).toEqual([
        ['BBBBBBBBBBBBBBBBBBBBBB', ['ada'], [revoked.key], 1, null],
      ]),
  ],
  [
    '20261127110000_tally',
    'checks are counted on from what their hour had',
    async () => {
      expect(await rows('SELECT service, outcome, code, count::int FROM tally')).toEqual([
        ['tap', 'admitted', 'none', 7],
      ])
      expect(await rows('SELECT process, number FROM tally_flush')).toEqual([['p', 3]])
    },
  ],
  [
    '20261127140000_program_read',
    'requests for files are counted on, by person and day',
    async () =>
      expect(await rows('SELECT program, username, file, count::int FROM program_read')).toEqual([
        ['p-1', 'ada', '/data/p-1/a.fits', 7],
      ]),
  ],
  [
    '20261127170000_program_reader',
    'requests for files are summed on, by person and day',
    async () =>
      expect(await rows("SELECT program, username, count::int FROM program_reader WHERE program = 'p-2'")).toEqual([
        ['p-2', 'ada', 7],
      ]),
  ],
  [
    '20261127150000_token_suspension',
    'a suspended token is refused, and its history says why',
    async () => {
      expect((await tokenInfo(suspended)).status).toBe(401)
      expect(await rows('SELECT key, act FROM token_suspension')).toEqual([[suspended.key, 'act-1']])
      expect(await rows('SELECT token, action, reason FROM suspension_change')).toEqual([
        [suspended.key, 'suspend', 'a leak'],
      ])
    },
  ],
]

describe.each(readdirSync(FOLDER).filter((file) => file.endsWith('.sql')))('the database of %s', (file) => {
  const dump = readFileSync(path.join(FOLDER, file), 'utf8')

  beforeAll(async () => {
    url = await emptyDatabase()
    await sql(url, dump)
    // Refused where the text of a migration is another than it was.
    await migrate(url)
    site = await startPostern({ databaseUrl: url, secret: SECRET })
  })
  afterAll(() => site?.stop())

  it('becomes that of this version', async () => {
    const names = (await readMigrations(OUR_MIGRATIONS)).map(({ name }) => [name])
    expect(await rows('SELECT migration_name FROM _prisma_migrations ORDER BY migration_name COLLATE "C"')).toEqual(
      names,
    )
    expect(await rows('SELECT name FROM migration_declaration ORDER BY name COLLATE "C"')).toEqual(names)
  })

  it.each(FACTS.filter(([since]) => dump.includes(`'${since}'`)).map(([, fact, verify]) => [fact, verify] as const))(
    'keeps its data: %s',
    (_fact, verify) => verify(),
  )
})

async function get(address: string, token: { readonly text: string }) {
  const response = await fetch(`${site.url}${address}`, { headers: { Authorization: `Bearer ${token.text}` } })
  return { status: response.status, body: (await response.json()) as unknown }
}

function tokenInfo(token: { readonly text: string }) {
  return get('/auth/api/v1/token-info', token)
}

/** Each row as the values of its columns. */
async function rows(statement: string, ...values: string[]): Promise<unknown[][]> {
  const result = await site.context.postgres.pool.query({ text: statement, values, rowMode: 'array' })
  return result.rows
}

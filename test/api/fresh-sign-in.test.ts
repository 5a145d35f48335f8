import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { apiDocument } from '../../server/api/openapi/document.js'
import { DEFAULT_GROUP_MAPPING } from '../../server/settings/rubin.js'
import { writeOverrides } from '../../server/storage/redis/quota-counters.js'
import { request } from '../support/documented.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../support/stores/archive.js'
import { BODIES, CLIENT_ID, GUEST, PROGRAM } from './support/access-table.js'
import { BOOTSTRAP, bearer, CALLERS, type Caller, keyOf } from './support/callers.js'
import { everything, nothing } from './support/everything.js'

/** The routes that need a recent sign-in, each with its answer to an administrator who has just signed in. */
const GUARDED: Readonly<Record<string, number>> = {
  'DELETE /auth/api/v1/users/{username}/tokens': 200,
  'PATCH /auth/api/v1/users/{username}/tokens/{key}': 200,
  'DELETE /auth/api/v1/users/{username}/tokens/{key}': 204,
  'POST /auth/api/v1/users/{username}/tokens/{key}/rotate': 201,
  'POST /auth/api/v1/users/{username}/tokens/{key}/suspension': 200,
  'DELETE /auth/api/v1/users/{username}/tokens/{key}/suspension': 404,
  'POST /auth/api/v1/tokens': 201,
  'PUT /auth/api/v1/quota-overrides': 200,
  'DELETE /auth/api/v1/quota-overrides': 204,
  'PUT /auth/api/v1/programs': 200,
  'PUT /auth/api/v1/programs/{id}': 200,
  'DELETE /auth/api/v1/programs/{id}': 204,
  'PUT /auth/api/v1/programs/{id}/grants/{email}': 200,
  'POST /auth/api/v1/oidc-clients': 201,
  'PATCH /auth/api/v1/oidc-clients/{client_id}': 200,
  'DELETE /auth/api/v1/oidc-clients/{client_id}': 204,
  'POST /auth/api/v1/oidc-clients/{client_id}/secret': 201,
}
/** By its body; see below. */
const BY_CONTENT = ['POST /auth/api/v1/users/{username}/tokens']
/** Look-ups, and what takes access away. */
const UNGUARDED = [
  'POST /auth/api/v1/explain',
  'POST /auth/api/v1/programs/access',
  'DELETE /auth/api/v1/programs/{id}/grants/{email}',
]

const STALE = 15 * 60 + 1
const YEAR = 366 * 24 * 3600
let postern: RunningPostern
let site: RunningPostern

beforeAll(async () => {
  const settings = {
    ...ARCHIVE_SETTINGS,
    groupMapping: DEFAULT_GROUP_MAPPING,
    bootstrapToken: BOOTSTRAP,
    oidcServer: { enabled: true },
  }
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings })
  const strict = { ...settings, reauthenticateWithin: { administrators: 'off', users: '10m' } }
  site = await startPostern({ baseUrl: 'https://data.example.org', settings: strict })
  for (const each of [postern, site]) {
    await each.account('ada')
    await each.account('root', ['users', 'admins'])
  }
})
afterAll(() => Promise.all([postern.stop(), site.stop()]))

/** What a route finds: a token of Ada's, her program, and quota overrides. */
async function prepared(): Promise<string> {
  await nothing(postern.context)
  await load(postern, PROGRAM)
  await postern.context.postgres.pool.query(
    `INSERT INTO oidc_client (client_id, description, redirect_uris, created, last_modified, last_modified_by)
     VALUES ($1, 'Grafana', '{https://grafana.example.org/cb}', now(), now(), 'root')`,
    [CLIENT_ID],
  )
  await writeOverrides(postern.context.redis, '{"bypass":["admins"]}')
  return keyOf(await postern.token('ada', { name: 'target' }))
}

function send(route: string, headers: Readonly<Record<string, string>>, key: string) {
  const told = { username: 'ada', key, id: PROGRAM.id, email: GUEST, client_id: CLIENT_ID }
  const [method = '', path = ''] = route.replace(/\{(\w+)\}/g, (_, name: keyof typeof told) => told[name]).split(' ')
  const call = request(postern.server)[method.toLowerCase() as 'put'](path).set(headers)
  const body = BODIES[route]
  return typeof body === 'string' ? call.type('application/x-ndjson').send(body) : call.send(body)
}

it('the tables have every route that changes something', () => {
  const changing = Object.entries(apiDocument().paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'get')
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect([...Object.keys(GUARDED), ...BY_CONTENT, ...UNGUARDED].sort()).toEqual(changing.sort())
})

describe.each(Object.entries(GUARDED))('%s', (route, status) => {
  it('is refused to an administrator whose sign-in is too old, and changes nothing', async () => {
    const key = await prepared()
    const headers = await CALLERS['admin’s cookie and word'](postern)
    postern.advance(STALE)
    const before = await everything(postern.context)
    const refused = await send(route, headers, key)
    expect([refused.status, refused.body]).toEqual([
      403,
      { detail: [{ msg: 'More recent authentication is required', type: 'insufficient_user_authentication' }] },
    ])
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="data.example.org", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age="900"',
    )
    expect(await everything(postern.context)).toEqual(before)
    expect((await send(route, await CALLERS['admin’s cookie and word'](postern), key)).status).toBe(status)
  })

  it('goes on for a script with a token of an administrator', async () => {
    const key = await prepared()
    const scopes = ['admin:token', 'exec:admin', 'read:tap', 'user:token']
    const headers = bearer(await postern.token('root', { scopes }))
    postern.advance(STALE)
    expect((await send(route, headers, key)).status).toBe(status)
  })
})

it('The bootstrap token is no session, and sets a site up at any time', async () => {
  await prepared()
  expect((await send('POST /auth/api/v1/tokens', bearer(BOOTSTRAP), '')).status).toBe(201)
})

describe('a user token of one’s own', () => {
  const create = async (
    { server, context }: RunningPostern,
    headers: Readonly<Record<string, string>>,
    username: string,
    wish: { scopes?: readonly string[]; lasts?: number },
  ) => {
    const { scopes = [], lasts } = wish
    const expires = lasts === undefined ? null : context.clock() + lasts
    const body = { token_name: 'new', scopes, expires }
    return request(server).post(`/auth/api/v1/users/${username}/tokens`).set(headers).send(body)
  }
  const count = ({ context }: RunningPostern) => context.postgres.prisma.token.count()

  // biome-ignore format: a table reads in columns
  it.each<[Caller, string, { scopes?: string[]; lasts?: number }, number]>([
    ['admin’s cookie and word', 'root', { lasts: 3600 },                             201],
    ['admin’s cookie and word', 'root', { lasts: 3600, scopes: ['admin:token'] },    403],
    ['admin’s cookie and word', 'root', { lasts: 3600, scopes: ['admin:userinfo'] }, 403],
    ['admin’s cookie and word', 'root', { lasts: YEAR + 60 },                        403],
    ['admin’s cookie and word', 'root', {},                                          403],
    ['cookie and word',         'ada',  { lasts: 3600 },                             201],
    ['cookie and word',         'ada',  {},                                          201],
  ])('with the %s of %s, stale, as %j: %i', async (caller, username, wish, status) => {
    await nothing(postern.context)
    const headers = await CALLERS[caller](postern)
    postern.advance(STALE)
    const answer = await create(postern, headers, username, wish)
    expect([answer.status, await count(postern)]).toEqual([status, status === 201 ? 1 : 0])
    if (status === 403) expect(answer.body.detail[0].type).toBe('insufficient_user_authentication')
    const fresh = await CALLERS[caller](postern)
    if (status === 403) expect((await create(postern, fresh, username, wish)).status).toBe(201)
  })

  it.each<[Caller, string]>([
    ['admin’s cookie and word', 'root'],
    ['cookie and word', 'ada'],
  ])('needs a recent sign-in for every user where the site says so: %s', async (caller, username) => {
    await nothing(site.context)
    const headers = await CALLERS[caller](site)
    site.advance(601)
    expect((await create(site, headers, username, { lasts: 3600 })).status).toBe(403)
    expect(await count(site)).toBe(0)
    expect((await create(site, await CALLERS[caller](site), username, { lasts: 3600 })).status).toBe(201)
  })
})

it('Users end their own tokens at any time: a thief may be at work', async () => {
  const token = await site.token('ada', { name: 'mine' })
  const headers = await CALLERS['cookie and word'](site)
  site.advance(601)
  expect(
    (
      await request(site.server)
        .delete(`/auth/api/v1/users/ada/tokens/${keyOf(token)}`)
        .set(headers)
    ).status,
  ).toBe(204)
  expect((await request(site.server).delete('/auth/api/v1/users/ada/tokens').set(headers)).status).toBe(200)
})

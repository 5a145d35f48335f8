import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { BOOTSTRAP } from '../support/callers.js'

/** With every part, empty where nothing was said. */
const quota = (services: object) => ({ api: services, disk: {}, tap: {} })
const QUOTA = quota({ tap: 5 })

let postern: RunningPostern
let admin: string
let reader: string
let ada: string

beforeAll(async () => {
  postern = await startPostern({
    baseUrl: 'https://data.example.org',
    settings: { bootstrapToken: BOOTSTRAP, quota: { default: { api: { tap: 5 } } } },
  })
  admin = await postern.token('root', { scopes: ['admin:token'] })
  reader = await postern.token('root', { scopes: ['admin:userinfo'] })
  ada = await postern.token('ada', { scopes: ['user:token'] })
})
afterAll(() => postern.stop())

const api = (method: 'get' | 'post' | 'put' | 'delete', path: string, token: string, body?: object) =>
  request(postern.server)[method](`/auth/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body)
const count = () => postern.context.postgres.prisma.token.count()

describe('POST /tokens', () => {
  it.each([
    ['an administrator', () => admin, 'root'],
    ['the bootstrap token', () => BOOTSTRAP, '<bootstrap>'],
  ])('by %s makes a service token, which says what was pinned to it', async (_who, token, actor) => {
    const bot = `bot-${actor.replace(/\W/g, '')}`
    const pinned = {
      name: 'Mobu',
      email: 'mobu@example.org',
      uid: 100_001,
      gid: 100_002,
      groups: [{ name: 'bots', id: 7 }],
    }
    const response = await api('post', '/tokens', token(), {
      username: bot,
      token_type: 'service',
      scopes: ['read:tap'],
      ...pinned,
    })
    expect(response.status).toBe(201)
    const made = response.body.token
    expect(response.headers.location).toBe(`/auth/api/v1/users/${bot}/tokens/${made.slice(3, 25)}`)
    const info = await api('get', '/user-info', made)
    expect(info.body).toEqual({ username: bot, ...pinned, quota: QUOTA })
    const check = await request(postern.server)
      .get('/ingress/auth?scope=read:tap')
      .set({ ...ASKED, Authorization: `Bearer ${made}` })
    expect(check.headers).toMatchObject({ 'x-auth-request-user': bot, 'x-auth-request-email': 'mobu@example.org' })
    const history = await api('get', `/users/${bot}/tokens/${made.slice(3, 25)}/change-history`, admin)
    expect(history.body).toEqual([expect.objectContaining({ action: 'create', actor, token_type: 'service' })])
  })

  it('makes a user token for anybody, with any scopes of the site', async () => {
    const body = { username: 'grace', token_type: 'user', token_name: 'given', scopes: ['exec:admin'] }
    expect((await api('post', '/tokens', admin, body)).status).toBe(201)
    expect((await api('post', '/tokens', admin, body)).body.detail).toEqual([
      { loc: ['body', 'token_name'], msg: 'Token name given already used', type: 'duplicate_token_name' },
    ])
  })

  it.each<[number, string, object]>([
    [403, 'permission_denied', { username: 'mobu', token_type: 'service' }],
    [422, 'value_error', { username: 'bot-x', token_type: 'service', token_name: 'x' }],
    [422, 'value_error', { username: 'ada', token_type: 'user' }],
    [422, 'enum', { username: 'ada', token_type: 'session', token_name: 'x' }],
    [422, 'string_pattern_mismatch', { username: 'Ada', token_type: 'user', token_name: 'x' }],
    [422, 'string_pattern_mismatch', { username: 'a', token_type: 'user', token_name: 'x' }],
    [422, 'string_pattern_mismatch', { username: 'a1', token_type: 'user', token_name: 'x' }],
    [422, 'string_pattern_mismatch', { username: 'bot-x', token_type: 'service', groups: [{ name: '1', id: 1 }] }],
    [422, 'missing', { token_type: 'user', token_name: 'x' }],
    [422, 'invalid_scopes', { username: 'ada', token_type: 'user', token_name: 'x', scopes: ['no:such'] }],
    [422, 'invalid_expires', { username: 'ada', token_type: 'user', token_name: 'x', expires: 5 }],
    [422, 'greater_than_equal', { username: 'bot-x', token_type: 'service', uid: 0 }],
  ])('refuses with %i %s, and makes nothing: %j', async (status, type, body) => {
    const before = await count()
    const response = await api('post', '/tokens', admin, body)
    expect([response.status, response.body.detail[0].type]).toEqual([status, type])
    expect(await count()).toBe(before)
  })

  it('names the pattern that a name breaks, in the path and the query as in the body', async () => {
    const broken = [
      await api('get', '/users/Ada', reader),
      await api('get', '/users/ada/tokens/....................../change-history', admin),
      await api('get', '/history/token-changes?actor=Ada', admin),
    ]
    for (const { status, body } of broken) {
      const [detail] = body.detail
      expect([status, detail.type]).toEqual([422, 'string_pattern_mismatch'])
      expect(detail.msg).toBe(`String should match pattern '${detail.ctx.pattern}'`)
    }
  })

  it('is not for users, nor for a token that is nearly the bootstrap token', async () => {
    const body = { username: 'ada', token_type: 'user', token_name: 'x' }
    const before = await count()
    expect((await api('post', '/tokens', ada, body)).status).toBe(403)
    expect((await api('post', '/tokens', `${BOOTSTRAP.slice(0, -1)}Q`, body)).status).toBe(401)
    expect(await count()).toBe(before)
  })
})

it('the bootstrap token is nothing but an unknown token everywhere else', async () => {
  for (const path of ['/token-info', '/user-info', '/users', '/users/ada/tokens', '/groups', '/quota-overrides']) {
    expect((await api('get', path, BOOTSTRAP)).status).toBe(401)
  }
  const check = await request(postern.server)
    .get('/ingress/auth')
    .set({ ...ASKED, Authorization: `Bearer ${BOOTSTRAP}` })
  expect(check.status).toBe(401)
})

describe('user information', () => {
  it('of everybody is for admin:userinfo', async () => {
    const { body } = await api('get', '/users', reader)
    expect(body.map(({ username }: { username: string }) => username)).toEqual(expect.arrayContaining(['ada', 'root']))
    expect((await api('get', '/groups', reader)).body).toEqual({ user: [{ name: 'users', id: expect.any(Number) }] })
    for (const path of ['/users', '/groups', '/users/root']) expect((await api('get', path, ada)).status).toBe(403)
  })

  it('of oneself is for oneself, and of somebody unknown just the name', async () => {
    expect((await api('get', '/users/ada', ada)).body).toMatchObject({ username: 'ada', email: 'ada@example.org' })
    expect((await api('get', '/users/stranger', reader)).body).toEqual({
      username: 'stranger',
      quota: QUOTA,
    })
  })
})

/** Runs a statement of SQL on the site's database. */
const query = (text: string) => postern.context.postgres.pool.query(text)

describe('quota overrides', () => {
  it('stay as they are when their audit event cannot be committed', async () => {
    const set = { default: quota({ tap: 3 }), groups: {}, bypass: [] }
    expect((await api('put', '/quota-overrides', admin, set)).status).toBe(200)
    await query('ALTER TABLE audit_event ADD CONSTRAINT refuse CHECK (id < 0) NOT VALID')
    try {
      expect((await api('put', '/quota-overrides', admin, { bypass: ['users'] })).status).toBe(500)
      expect((await api('get', '/quota-overrides', ada)).body).toEqual(set)
      expect((await api('delete', '/quota-overrides', admin)).status).toBe(500)
    } finally {
      await query('ALTER TABLE audit_event DROP CONSTRAINT refuse')
    }
    expect((await api('get', '/quota-overrides', ada)).body).toEqual(set)
    expect((await api('delete', '/quota-overrides', admin)).status).toBe(204)
  })

  it('that Redis does not take are in the audit trail as a failure, after the act', async () => {
    const { redis, audit, postgres } = postern.context
    const set = jest.spyOn(redis, 'set').mockRejectedValueOnce(new Error('Command timed out'))
    expect((await api('put', '/quota-overrides', admin, { bypass: ['users'] })).status).toBe(503)
    set.mockRestore()
    await audit.flush(postgres)
    const { rows } = await query(
      "SELECT event FROM audit_event WHERE action = 'quota.replace' ORDER BY id DESC LIMIT 2",
    )
    const [failure, act] = rows.map(({ event }) => JSON.parse(event).event)
    expect(act).toMatchObject({ action: 'quota.replace', outcome: 'success' })
    expect(failure).toMatchObject({ action: 'quota.replace', outcome: 'failure', reason: 'store_unavailable' })
    expect((await api('get', '/quota-overrides', ada)).status).toBe(404)
  })

  it('are set, read and taken away by administrators, and hold at once', async () => {
    expect((await api('get', '/quota-overrides', ada)).body).toEqual({
      detail: [{ msg: 'No quota overrides set', type: 'not_found' }],
    })
    const body = { default: { api: { tap: 1 } }, groups: { users: { api: { tap: 1 } } }, bypass: ['operators'] }
    expect((await api('put', '/quota-overrides', ada, body)).status).toBe(403)
    const set = { default: quota({ tap: 1 }), groups: { users: quota({ tap: 1 }) }, bypass: ['operators'] }
    expect((await api('put', '/quota-overrides', admin, body)).body).toEqual(set)
    expect((await api('get', '/quota-overrides', ada)).body).toEqual(set)
    expect((await api('get', '/user-info', ada)).body.quota).toEqual(quota({ tap: 2 }))
    expect((await api('delete', '/quota-overrides', ada)).status).toBe(403)
    expect((await api('delete', '/quota-overrides', admin)).status).toBe(204)
    expect((await api('delete', '/quota-overrides', admin)).status).toBe(404)
    expect((await api('get', '/user-info', ada)).body.quota).toEqual(QUOTA)
  })

  it('have every part, also those that were not given, as a member of a bypass group has', async () => {
    const whole = { default: quota({}), groups: {}, bypass: ['users'] }
    expect((await api('put', '/quota-overrides', admin, { bypass: ['users'] })).body).toEqual(whole)
    expect((await api('get', '/quota-overrides', ada)).body).toEqual(whole)
    expect((await api('get', '/user-info', ada)).body.quota).toEqual(quota({}))
    expect((await api('delete', '/quota-overrides', admin)).status).toBe(204)
  })

  it('may be zero for cores and memory', async () => {
    const blocked = { ...quota({}), notebook: { cpu: 0, memory: 0, spawn: false } }
    const body = { groups: { blocked: { notebook: blocked.notebook } } }
    expect((await api('put', '/quota-overrides', admin, body)).body.groups).toEqual({ blocked })
    expect((await api('delete', '/quota-overrides', admin)).status).toBe(204)
  })

  it.each([
    { defaults: {} },
    { default: { api: { tap: -1 } } },
    { default: { tap: { qserv: 1 } } },
    { default: { notebook: { cpu: 1 } } },
    { default: { notebook: { cpu: -1, memory: 1 } } },
  ])('that are not in order are refused, and nothing changes: %j', async (body) => {
    expect((await api('put', '/quota-overrides', admin, body)).status).toBe(422)
    expect((await api('get', '/quota-overrides', ada)).status).toBe(404)
  })
})

describe('/auth/gms', () => {
  it('tells the caller’s groups, all or those that are asked about, one a line', async () => {
    await postern.account('member', ['users', 'g_science'])
    const token = await postern.token('member')
    const ask = (query: string) =>
      request(postern.server).get(`/auth/gms${query}`).set('Authorization', `Bearer ${token}`)
    expect((await ask('')).text).toBe('g_science\r\nusers\r\n')
    expect((await ask('?group=users&group=others')).text).toBe('users\r\n')
    expect((await ask('?group=others')).text).toBe('')
    expect((await ask('')).headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      expires: expect.stringMatching(/GMT$/),
    })
    expect((await request(postern.server).get('/auth/gms')).status).toBe(401)
  })

  it('is for no cache that several users share, whichever credential asks', async () => {
    const ask = (headers: Record<string, string>) => request(postern.server).get('/auth/gms').set(headers)
    const cookie = { Cookie: `${postern.context.settings.cookies.session}=${await postern.session('member')}` }
    for (const headers of [{ Authorization: `Bearer ${await postern.token('member')}` }, cookie]) {
      const { status, headers: answered } = await ask(headers)
      expect(status).toBe(200)
      expect(answered).toMatchObject({
        'cache-control': expect.stringMatching(/^private(?:,|$)/),
        vary: expect.stringMatching(/authorization, cookie/i),
      })
    }
  })
})

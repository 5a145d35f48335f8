import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import supertest from 'supertest'
import { exchange } from '../support/clients/wire.js'
import { request } from '../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { bearer, keyOf } from './support/callers.js'
import { everything } from './support/everything.js'

let postern: RunningPostern
let token: string

const LIMITS = {
  tokensPerUser: 5,
  sessionsPerUser: 3,
  apiCalls: 25,
  historyPage: 3,
  bodyBytes: 16_384,
  bulkBytes: 40_000,
}

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { limits: LIMITS } })
})
let number = 0
let user: string
beforeEach(async () => {
  user = `user${++number}x`
  token = await postern.token(user, { scopes: ['user:token', 'read:tap'] })
})
afterAll(() => postern.stop())

const get = (path: string, as = token) => request(postern.server).get(path).set(bearer(as))
const history = () => `/auth/api/v1/users/${user}/token-change-history`
const create = (name: string) =>
  request(postern.server)
    .post(`/auth/api/v1/users/${user}/tokens`)
    .set(bearer(token))
    .send({ token_name: name, scopes: ['read:tap'] })
const pathOfNext = (link: string | undefined) =>
  /<https:\/\/data\.example\.org([^>]+)>; rel="next"/.exec(link ?? '')?.[1]

describe('S12: a history', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) await create(name)
  })

  it.each(['', '?limit=4', '?limit=9007199254740990'])(
    'asked for with "%s" is one page with a link to the next',
    async (query) => {
      const first = await get(history() + query)
      expect(first.body).toHaveLength(3)
      expect(first.headers['x-total-count']).toBe('4')
      const second = await get(pathOfNext(first.headers.link) ?? '')
      expect(second.body).toHaveLength(1)
      expect(pathOfNext(second.headers.link)).toBeUndefined()
      const names = [...first.body, ...second.body].map(({ token_name }: { token_name: string }) => token_name)
      expect(names.slice(0, 3)).toEqual(['c', 'b', 'a'])
    },
  )

  it('that fits on a page has no links, as in Gafaelfawr', async () => {
    const { body, headers } = await get(`${history()}?key=${keyOf(token)}`)
    expect([body.length, headers.link, headers['x-total-count']]).toEqual([1, undefined, undefined])
  })

  it('of one token is one page, and links to the others', async () => {
    const key = keyOf(token)
    await postern.context.postgres.pool.query(
      `INSERT INTO token_change (token, username, token_type, scopes, actor, action, at)
       SELECT $1, $2, 'user', '{}', $2, 'edit', now() FROM generate_series(1, 4)`,
      [key, user],
    )
    const first = await get(`/auth/api/v1/users/${user}/tokens/${key}/change-history`)
    expect(first.body).toHaveLength(3)
    const second = await get(pathOfNext(first.headers.link) ?? '')
    expect(second.body).toHaveLength(2)
  })

  it('S16f: links to the configured site, whatever host the request line names', async () => {
    const lines = [`GET http://evil.example${history()}?limit=2 HTTP/1.1`, 'Host: evil.example', 'Connection: close']
    const text = await exchange(postern.port, `${[...lines, `Authorization: Bearer ${token}`].join('\r\n')}\r\n\r\n`)
    expect(text).toContain('<https://data.example.org/auth/api/v1/users/')
    expect(text).not.toContain('evil.example')
  })
})

it('S12: the uses of a token are at most a page', async () => {
  await postern.context.postgres.pool.query(
    `INSERT INTO token_use (token, day, address, client, username, first, last, count)
     SELECT $1, current_date, '', n::text, $2, now(), now(), 1 FROM generate_series(1, 9) n`,
    [keyOf(token), user],
  )
  expect((await get(`/auth/api/v1/users/${user}/tokens/${keyOf(token)}/uses`)).body).toHaveLength(3)
})

describe('S12: the tokens of a user', () => {
  const numberOf = () => postern.context.postgres.prisma.token.count({ where: { username: user } })

  it('are refused beyond the limit, and nothing is written', async () => {
    const statuses = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(async (name) => (await create(name)).status),
    )
    expect(statuses.sort()).toEqual([201, 201, 201, 201, 409, 409, 409])
    const before = await everything(postern.context)
    const refused = await create('h')
    expect([refused.status, refused.body.detail[0].type]).toEqual([409, 'too_many_tokens'])
    expect(await everything(postern.context)).toEqual(before)
    expect(await numberOf()).toBe(5)
  })

  it('are refused beyond the limit to administrators, too, and leave the other users theirs', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(name)
    const admin = await postern.token('root', { scopes: ['admin:token'] })
    const give = (username: string) =>
      request(postern.server)
        .post('/auth/api/v1/tokens')
        .set(bearer(admin))
        .send({ username, token_type: 'user', token_name: 'given' })
    expect((await give(user)).status).toBe(409)
    expect((await give(`${user}y`)).status).toBe(201)
    expect(await numberOf()).toBe(5)
  })

  it('are rotated at the limit without an overlap, and not with one', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(name)
    const rotate = (overlap: number) =>
      request(postern.server)
        .post(`/auth/api/v1/users/${user}/tokens/${keyOf(token)}/rotate`)
        .set(bearer(token))
        .send({ overlap })
    expect((await rotate(60)).status).toBe(409)
    expect(await numberOf()).toBe(5)
    expect((await rotate(0)).status).toBe(201)
    expect(await numberOf()).toBe(5)
  })

  it('that have expired make room', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await create(name)
    await postern.context.postgres.pool.query(
      `UPDATE token SET expires = now() - interval '1 minute' WHERE username = $1 AND name = 'a'`,
      [user],
    )
    expect((await create('new')).status).toBe(201)
  })
})

describe('S12: the sessions of a user', () => {
  const isOpen = async (session: string) => {
    const { status } = await supertest(postern.server).get('/ingress/auth').set(ASKED).set(bearer(session))
    return status === 200
  }

  it('beyond the limit end, the oldest first, and others’ stay', async () => {
    const other = await postern.session('grace')
    const sessions: string[] = []
    for (let index = 0; index < 5; index++) {
      sessions.push(await postern.session(user))
      postern.advance(1)
    }
    expect(await Promise.all(sessions.map(isOpen))).toEqual([false, false, true, true, true])
    expect(await isOpen(other)).toBe(true)
    const ended = await postern.context.postgres.prisma.tokenChange.findMany({
      where: { username: user, tokenType: 'session', action: 'revoke' },
    })
    expect(ended.map(({ token: key, actor }) => [key, actor])).toEqual(
      sessions.slice(0, 2).map((session) => [keyOf(session), '<internal>']),
    )
  })

  it('that begin at one moment are no more', async () => {
    await Promise.all(Array.from({ length: 8 }, () => postern.session(user)))
    const keys = await postern.context.redis.zcard(`postern:sessions:${user}`)
    expect(keys).toBeLessThanOrEqual(3)
  })
})

describe('S12: calls of the API with one token', () => {
  const whoAmI = (as = token) => get('/auth/api/v1/token-info', as)

  it('are refused beyond the limit with the time to wait, and change nothing', async () => {
    const statuses = []
    for (let index = 0; index < 25; index++) statuses.push((await whoAmI()).status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    const before = await everything(postern.context)
    const refused = await create('late')
    expect([refused.status, refused.body.detail[0].type]).toEqual([429, 'rate_limited'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect(await everything(postern.context)).toEqual(before)
    for (const path of ['/auth/gms', '/whoami']) {
      expect((await supertest(postern.server).get(path).set(bearer(token))).status).toBe(429)
    }
    // Other tokens, and the check, have nothing to do with it.
    expect((await whoAmI(await postern.token(user, { scopes: ['user:token'] }))).status).toBe(200)
    expect((await supertest(postern.server).get('/ingress/auth').set(ASKED).set(bearer(token))).status).toBe(200)
  })

  it('count also when they are refused for want of a scope', async () => {
    for (let index = 0; index < 25; index++) expect((await get('/auth/api/v1/history/token-changes')).status).toBe(403)
    expect((await get('/auth/api/v1/history/token-changes')).status).toBe(429)
  })
})

describe('S12: a body', () => {
  it('of an API call has at most so many bytes, and a larger one creates no token', async () => {
    const before = await everything(postern.context)
    const answer = await create('x'.repeat(20_000))
    expect([answer.status, answer.body.detail[0].type]).toEqual([413, 'too_large'])
    expect(await everything(postern.context)).toEqual(before)
    expect((await create('x'.repeat(60))).status).toBe(201)
  })

  it('of a load of programs has a limit of its own, and a larger one loads none', async () => {
    const administrator = await postern.token('root', { scopes: ['admin:token'] })
    const load = (count: number) =>
      request(postern.server)
        .put('/auth/api/v1/programs')
        .set({ ...bearer(administrator), 'Content-Type': 'application/x-ndjson' })
        .send(Array.from({ length: count }, (_, n) => JSON.stringify({ id: `B-${n}`, public: true })).join('\n'))
    const programs = () => postern.context.postgres.prisma.program.count()
    expect((await load(1_400)).status).toBe(413)
    expect(await programs()).toBe(0)
    expect((await load(800)).status).toBe(200)
    expect(await programs()).toBe(800)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { pruneHistory } from '../../../server/tokens/prune-history.js'
import { about } from '../../support/about.js'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { keyOf } from '../support/callers.js'

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org' })
})
afterAll(() => postern.stop())

const someone = () => `beyond-${++nextUser}`
const api = (method: 'get' | 'post' | 'delete', path: string, token: string, body?: object) =>
  request(postern.server)[method](`/auth/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body)
const ask = (token: string, query = '') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}`, 'User-Agent': 'TOPCAT' })
const alive = async (token: string) => (await ask(token)).status === 200
const listed = async (user: string, token: string) =>
  (await api('get', `/users/${user}/tokens`, token)).body as { token: string; token_name?: string; expires?: number }[]

describe('rotation', () => {
  it('gives a new token of the same name, and the old one works for the overlap, both in the list', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
    const old = await postern.token(ada, { name: 'pipeline' })
    const response = await api('post', `/users/${ada}/tokens/${keyOf(old)}/rotate`, owner, { overlap: 3600 })
    expect(response.status).toBe(201)
    const fresh = response.body.token
    expect(await Promise.all([old, fresh].map(alive))).toEqual([true, true])
    const entries = await listed(ada, owner)
    expect(entries.find(({ token }) => token === keyOf(fresh))).toMatchObject({ token_name: 'pipeline' })
    const retired = entries.find(({ token }) => token === keyOf(old))
    expect(retired?.token_name).toBe(`pipeline (old ${keyOf(old).slice(0, 8)})`)
    expect((retired?.expires ?? 0) - postern.now()).toBeGreaterThan(3500)
    postern.advance(3600)
    expect(await Promise.all([old, fresh].map(alive))).toEqual([false, true])
    postern.advance(-3600)
  })

  it('with no overlap ends the old one at once', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
    const old = await postern.token(ada, { name: 'leaked' })
    const { body } = await api('post', `/users/${ada}/tokens/${keyOf(old)}/rotate`, owner, { overlap: 0 })
    expect(await Promise.all([old, body.token].map(alive))).toEqual([false, true])
  })

  it('renews on request, for as long as the old one was made for, and otherwise keeps its end', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
    const [made, month] = [postern.now(), 30 * 86_400]
    const kept = await postern.token(ada, { name: 'kept', expires: made + month })
    const renewed = await postern.token(ada, { name: 'renewed', expires: made + month })
    const path = (token: string) => `/users/${ada}/tokens/${keyOf(token)}/rotate`
    postern.advance(25 * 86_400)
    await api('post', path(kept), owner, { overlap: 0 })
    await api('post', path(renewed), owner, { overlap: 0, renew: true })
    const entries = await listed(ada, owner)
    const endOf = (name: string) => (entries.find(({ token_name }) => token_name === name)?.expires ?? 0) - made
    expect(endOf('kept')).toBe(month)
    expect(endOf('renewed')).toEqual(about(25 * 86_400 + month))
    postern.advance(-25 * 86_400)
  })

  it('lets no token renew itself, nor another beyond its own end', async () => {
    const ada = someone()
    const expires = postern.now() + 3600
    const own = await postern.token(ada, { scopes: ['user:token', 'read:tap'], expires })
    const other = await postern.token(ada, { name: 'other', expires })
    postern.advance(1800)
    for (const token of [own, other]) {
      const answer = await api('post', `/users/${ada}/tokens/${keyOf(token)}/rotate`, own, { renew: true })
      expect(answer.status).toBe(403)
    }
    expect((await listed(ada, own)).map(({ token }) => token).sort()).toEqual([keyOf(own), keyOf(other)].sort())
    postern.advance(-1800)
  })

  it('is no way to a token that may do more than the caller’s, nor to anybody else’s, nor for a notebook', async () => {
    const [ada, mallory] = [someone(), someone()]
    const strong = await postern.token(ada, { name: 'strong', scopes: ['exec:admin'] })
    const small = await postern.token(ada, { scopes: ['user:token'] })
    const stranger = await postern.token(mallory, { scopes: ['user:token', 'exec:admin'] })
    const notebook = String((await ask(await postern.session(ada), 'notebook=true')).headers['x-auth-request-token'])
    const path = `/users/${ada}/tokens/${keyOf(strong)}/rotate`
    for (const caller of [small, stranger, notebook]) expect((await api('post', path, caller, {})).status).toBe(403)
    const elsewhere = `/users/${mallory}/tokens/${keyOf(strong)}/rotate`
    expect((await api('post', elsewhere, stranger, {})).status).toBe(404)
    expect((await listed(ada, small)).filter(({ token_name }) => token_name === 'strong')).toHaveLength(1)
    expect(await alive(strong)).toBe(true)
  })

  it.each([{ overlap: -1 }, { overlap: 'long' }, { overlap: 1e9 }])(
    'with %j is refused, and nothing is made',
    async (body) => {
      const ada = someone()
      const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
      const token = await postern.token(ada)
      expect((await api('post', `/users/${ada}/tokens/${keyOf(token)}/rotate`, owner, body)).status).toBe(422)
      expect(await listed(ada, owner)).toHaveLength(2)
    },
  )

  it('of one token, ten times at once, makes one successor after the other, and none is lost', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
    const old = await postern.token(ada, { name: 'race' })
    const path = `/users/${ada}/tokens/${keyOf(old)}/rotate`
    const answers = await Promise.all(Array.from({ length: 10 }, () => api('post', path, owner, { overlap: 0 })))
    const made = answers.filter(({ status }) => status === 201)
    expect(made).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(9)
    expect(await alive(made[0]?.body.token)).toBe(true)
  })
})

describe('revoking in bulk', () => {
  it.each([
    ['everything', '', ['old', 'new', 'wide', 'session', 'caller']],
    ['by type', 'token_type=session', ['session']],
    ['by scope', 'scope=read:image', ['wide', 'session']],
    ['by age', 'created_before=CUT', ['old']],
    ['by type and age', 'token_type=session&created_before=CUT', []],
  ])('%s', async (_what, query, expected) => {
    const ada = someone()
    const root = await postern.token('root', { scopes: ['admin:token'] })
    postern.advance(-3600)
    const old = await postern.token(ada, { name: 'old' })
    postern.advance(3600)
    const tokens: Record<string, string> = {
      old,
      new: await postern.token(ada, { name: 'new' }),
      wide: await postern.token(ada, { name: 'wide', scopes: ['read:image'] }),
      session: await postern.session(ada),
      caller: await postern.token(ada, { scopes: ['user:token'] }),
    }
    const cut = query.replace('CUT', String(postern.now() - 60))
    const response = await api('delete', `/users/${ada}/tokens?${cut}`, root)
    expect(response.body.revoked.sort()).toEqual(expected.map((name) => keyOf(tokens[name] ?? '')).sort())
    for (const [name, token] of Object.entries(tokens)) expect(await alive(token)).toBe(!expected.includes(name))
  })

  it('is of what was used from a network, and in a dry run only says so', async () => {
    const ada = someone()
    const root = await postern.token('root', { scopes: ['admin:token'] })
    const [used, other] = [await postern.token(ada), await postern.token(ada)]
    await ask(used).set('X-Forwarded-For', '203.0.113.77')
    await postern.context.usage.flush(postern.context)
    const path = `/users/${ada}/tokens?used_from=203.0.113.0/24`
    const dry = await api('delete', `${path}&dry_run=true`, root)
    expect(dry.body).toEqual({ revoked: [], would_revoke: [keyOf(used)] })
    expect([await alive(used), await alive(other)]).toEqual([true, true])
    expect((await api('delete', path, root)).body).toEqual({ revoked: [keyOf(used)] })
    expect([await alive(used), await alive(other)]).toEqual([false, true])
    expect((await api('delete', `/users/${ada}/tokens?used_from=nowhere`, root)).status).toBe(422)
    expect(await alive(other)).toBe(true)
  })

  it('is of heirs only where they are the same user’s', async () => {
    const [ada, bob] = [someone(), someone()]
    const owner = await postern.token(ada, { scopes: ['user:token'] })
    const [stolen, heir, foreign] = [await postern.token(ada), await postern.token(ada), await postern.token(bob)]
    await postern.context.postgres.pool.query('UPDATE token SET makers = $2 WHERE key = ANY($1)', [
      [keyOf(heir), keyOf(foreign)],
      [keyOf(stolen)],
    ])
    const { body } = await api('delete', `/users/${ada}/tokens?heirs=true&created_since=0`, owner)
    expect(body.revoked.sort()).toEqual([keyOf(stolen), keyOf(heir), keyOf(owner)].sort())
    expect(await alive(foreign)).toBe(true)
  })

  it('is refused for others, with nothing ended', async () => {
    const ada = someone()
    const token = await postern.token(ada)
    const stranger = await postern.token(someone(), { scopes: ['user:token'] })
    expect((await api('delete', `/users/${ada}/tokens`, stranger)).status).toBe(403)
    expect((await api('delete', `/users/${ada}/tokens?token_type=magic`, stranger)).status).toBe(422)
    expect(await alive(token)).toBe(true)
  })
})

describe('the use log', () => {
  it('says where and with what a token was used, and how often, and no secret', async () => {
    const ada = someone()
    const token = await postern.token(ada, { scopes: ['user:token'] })
    const from = (address: string) => ask(token).set('X-Forwarded-For', address)
    for (const address of ['192.0.2.7', '192.0.2.7', '198.51.100.1']) await from(address)
    await postern.context.usage.flush(postern.context)
    await from('192.0.2.7')
    await postern.context.usage.flush(postern.context)
    const { body } = await api('get', `/users/${ada}/tokens/${keyOf(token)}/uses`, token)
    expect(body).toEqual(
      expect.arrayContaining([
        {
          ip_address: '192.0.2.7',
          client: 'TOPCAT',
          first_used: expect.any(Number),
          last_used: expect.any(Number),
          count: 3,
        },
        {
          ip_address: '198.51.100.1',
          client: 'TOPCAT',
          first_used: expect.any(Number),
          last_used: expect.any(Number),
          count: 1,
        },
      ]),
    )
    const stranger = await postern.token(someone(), { scopes: ['user:token'] })
    expect((await api('get', `/users/${ada}/tokens/${keyOf(token)}/uses`, stranger)).status).toBe(403)
    expect((await api('get', `/users/${ada}/tokens/AAAAAAAAAAAAAAAAAAAAAA/uses`, token)).status).toBe(404)
  })

  it('and the history are forgotten after a year, batch by batch, and nothing younger is', async () => {
    const ada = someone()
    const token = await postern.token(ada)
    await ask(token)
    await postern.context.usage.flush(postern.context)
    const { pool, prisma } = postern.context.postgres
    await pool.query(`INSERT INTO token_change (token, username, token_type, scopes, actor, action, at)
      SELECT 'x', 'long-ago', 'user', '{}', 'x', 'create', now() - interval '366 days' FROM generate_series(1, 2500)`)
    await pool.query(
      `INSERT INTO token_use SELECT 'x', now()::date - 400 - n, '', '', 'long-ago', now(), now(), 1 FROM generate_series(1, 1500) n`,
    )
    expect(await pruneHistory(postern.context)).toBe(4000)
    expect(await prisma.tokenChange.count({ where: { username: 'long-ago' } })).toBe(0)
    expect(await prisma.tokenChange.count({ where: { username: ada } })).toBe(1)
    expect(await prisma.tokenUse.count({ where: { username: ada } })).toBe(1)
  })
})

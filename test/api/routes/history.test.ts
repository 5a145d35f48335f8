import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { request } from '../../support/documented.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern
let admin: string
const keys: string[] = []
const BOOTSTRAP = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'

/** Ada creates seven tokens, a minute apart, two in the same second; the third is revoked later. */
beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { bootstrapToken: BOOTSTRAP } })
  admin = await postern.token('root', { scopes: ['admin:token'] })
  for (let index = 0; index < 7; index++) {
    keys.push((await postern.token('ada', { name: `t${index}` })).slice(3, 25))
    if (index !== 4) postern.advance(60)
  }
  await postern.context.postgres.pool.query(
    `UPDATE token_change SET address = CASE WHEN token_name IN ('t1', 't2') THEN '192.0.2.7'::inet ELSE '2001:db8::1'::inet END WHERE username = 'ada'`,
  )
  await postern.context.postgres.pool.query(`INSERT INTO token_change (token, username, token_type, parent, scopes, actor, action, at)
    VALUES ('childchildchildchildch', 'ada', 'notebook', '${keys[2]}', '{}', 'ada', 'create', now() - interval '1 day')`)
})
afterAll(() => postern.stop())

const get = (path: string, token = admin) =>
  request(postern.server)
    .get(path.startsWith('http') ? path.replace('https://data.example.org', '') : `/auth/api/v1${path}`)
    .set('Authorization', `Bearer ${token}`)
const names = (body: { token_name?: string }[]) => body.map(({ token_name }) => token_name ?? 'child')
const links = (header: string | undefined) =>
  Object.fromEntries([...String(header).matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel, url]))
const ALL = ['t6', 't5', 't4', 't3', 't2', 't1', 't0', 'child']

describe('the change history', () => {
  it('is newest first, with what Gafaelfawr keeps when it is null, and without what it leaves out', async () => {
    const { body, headers } = await get('/users/ada/token-change-history')
    expect(names(body)).toEqual(ALL)
    expect(headers.link).toBeUndefined()
    expect(body[0]).toEqual({
      token: keys[6],
      username: 'ada',
      token_type: 'user',
      token_name: 't6',
      scopes: ['read:tap'],
      expires: null,
      actor: 'ada',
      action: 'create',
      ip_address: '2001:db8::1',
      event_time: expect.any(Number),
    })
    expect(body.at(-1)).toMatchObject({ parent: keys[2], ip_address: null, expires: null })
  })

  it.each([1, 2, 3, 7, 8, 100])('can be walked to its end and back by its links, %i at a time', async (limit) => {
    const seen: string[] = []
    let address: string | undefined = `/users/ada/token-change-history?limit=${limit}&since=0`
    let last = address
    while (address) {
      const response = await get(address)
      expect(response.status).toBe(200)
      expect(response.headers['x-total-count']).toBe('8')
      expect(links(response.headers.link).first).toBe(
        `https://data.example.org/auth/api/v1/users/ada/token-change-history?limit=${limit}&since=0`,
      )
      seen.push(...names(response.body))
      last = address
      address = links(response.headers.link).next
    }
    expect(seen).toEqual(ALL)
    const back: string[] = []
    for (let there: string | undefined = last; there; ) {
      const response = await get(there)
      back.unshift(...names(response.body))
      there = links(response.headers.link).prev
    }
    expect(back).toEqual(ALL)
  })

  it.each([
    ['key', () => `key=${keys[2]}`, ['t2', 'child']],
    ['token_type', () => 'token_type=notebook', ['child']],
    ['an address', () => 'ip_address=192.0.2.7', ['t2', 't1']],
    ['a network', () => 'ip_address=192.0.2.0/24', ['t2', 't1']],
    ['a network of the other family', () => 'ip_address=2001:db8::/32', ['t6', 't5', 't4', 't3', 't0']],
  ])('is filtered by %s', async (_what, query, expected) => {
    expect(names((await get(`/users/ada/token-change-history?${query()}`)).body)).toEqual(expected)
  })

  it('is filtered by time, both ends included', async () => {
    const { body } = await get('/users/ada/token-change-history')
    const [until, since] = [body[2].event_time, body[5].event_time]
    const between = await get(`/users/ada/token-change-history?since=${since}&until=${until}`)
    expect(names(between.body)).toEqual(
      ['t5', 't4', 't3', 't2', 't1'].filter((name) => name !== 't5' || body[1].event_time === until),
    )
    const iso = new Date(since * 1000).toISOString()
    expect(names((await get(`/users/ada/token-change-history?until=${iso}`)).body)).toEqual(['t1', 't0', 'child'])
  })

  it.each([
    ['cursor=x', 'cursor'],
    ['cursor=1_99999999999999999999', 'cursor'],
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['limit=', 'limit'],
    ['limit=1e3', 'limit'],
    ['since=2027-02-30', 'since'],
    ['since=soon', 'since'],
    ['until=1e300', 'until'],
    ['key=short', 'key'],
    ['token_type=magic', 'token_type'],
    ['ip_address=localhost', 'ip_address'],
    ['ip_address=10.0.0.0/40', 'ip_address'],
  ])('refuses %s, naming it', async (query, parameter) => {
    const response = await get(`/users/ada/token-change-history?${query}`)
    expect([response.status, response.body.detail[0].loc]).toEqual([422, ['query', parameter]])
  })

  it('of everybody is for administrators and the bootstrap token', async () => {
    const ada = await postern.token('ada', { scopes: ['user:token'] })
    expect((await get('/history/token-changes', ada)).status).toBe(403)
    expect(names((await get('/history/token-changes?username=ada&actor=ada&limit=2', BOOTSTRAP)).body)).toHaveLength(2)
    expect((await get('/history/token-changes?actor=nobody')).body).toEqual([])
    expect((await get('/history/token-changes?actor=<x')).status).toBe(422)
    expect((await get('/users/ada/token-change-history', BOOTSTRAP)).status).toBe(401)
  })

  it('uses an index for each way of asking', async () => {
    const plans = [
      `username = 'ada'`,
      `(token = 'x' OR parent = 'x')`,
      `username = 'ada' AND (at, id) <= (now(), 5)`,
      'true',
      `address <<= '10.7.0.0/16'`,
    ].map(async (where) => {
      const text = `EXPLAIN SELECT * FROM token_change WHERE ${where} ORDER BY at DESC, id DESC LIMIT 10`
      const client = await postern.context.postgres.pool.connect()
      try {
        await client.query('BEGIN; SET LOCAL enable_seqscan = off')
        const { rows } = await client.query(text)
        await client.query('ROLLBACK')
        return rows.map((row) => row['QUERY PLAN']).join('\n')
      } finally {
        client.release()
      }
    })
    for (const plan of await Promise.all(plans)) expect(plan).not.toContain('Seq Scan')
  })
})

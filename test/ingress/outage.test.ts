import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { bootstrapToken } from '../support/bootstrap.js'
import { bearer, Caller, checkOf } from '../support/clients/caller.js'
import { read } from '../support/clients/page-text.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { sql } from '../support/stores/queries.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const BOOTSTRAP = bootstrapToken()

let database: string
let postern: RunningPostern
let toPostgres: Relay
let toRedis: Relay
let token: string
let session: string

beforeEach(async () => {
  database = await freshDatabase()
  toPostgres = await startRelay(database)
  toRedis = await startRelay(await freshRedis())
  postern = await startPostern({
    databaseUrl: toPostgres.url,
    redisUrl: toRedis.url,
    settings: { bootstrapToken: BOOTSTRAP },
  })
  token = await postern.token('ada')
  session = await postern.session('ada')
})
afterEach(async () => {
  await toPostgres.mend()
  await toRedis.mend()
  await postern.stop()
  await toPostgres.stop()
  await toRedis.stop()
})

const ask = (headers: Record<string, string>) =>
  request(postern.server)
    .get('/ingress/auth')
    .set({ ...ASKED, ...headers })
const byToken = () => ask({ Authorization: `Bearer ${token}` })
const bySession = () => ask({ Cookie: `postern=${session}` })
const health = () => request(postern.server).get('/health')

describe('while Redis is down', () => {
  beforeEach(() => toRedis.cut())

  it('user tokens are checked as ever', async () => {
    expect((await byToken()).status).toBe(200)
  })

  it('sessions are answered 503, which is no refusal: no challenge, no sign-in', async () => {
    const response = await bySession()
    expect(response.status).toBe(503)
    expect(response.headers['www-authenticate']).toBeUndefined()
    expect(response.headers['retry-after']).toBe('5')
  })

  it('health says which store it is, and everything comes back by itself', async () => {
    const down = await health()
    expect([down.status, down.body]).toEqual([
      503,
      { status: 'unhealthy', postgres: 'up', redis: 'down', memory: 'bypassed', lockdown: 'off' },
    ])
    await toRedis.mend()
    await eventually(async () => (await bySession()).status === 200)
    expect((await bySession()).status).toBe(200)
    await eventually(async () => (await health()).body.memory === 'on')
    expect((await health()).body).toEqual({
      status: 'healthy',
      postgres: 'up',
      redis: 'up',
      memory: 'on',
      lockdown: 'off',
    })
  })

  it('pages say so, with a reference that is in the log, and no detail', async () => {
    const page = await request(postern.server).get('/auth/tokens').set('Cookie', `postern=${session}`)
    expect(page.status).toBe(503)
    expect(page.headers['retry-after']).toBe('5')
    expect(read(page.text)).toContain('Postern’s database is not responding')
    expect(page.text).not.toMatch(/ECONN|redis| {4}at /i)
    const [reference] = /\b[0-9a-f]{12}\b/.exec(page.text) ?? []
    expect(postern.logged()).toContain(reference)
  })
})

describe('while a store takes everything and answers nothing', () => {
  it.each([
    ['PostgreSQL', () => toPostgres],
    ['Redis', () => toRedis],
  ])('a check that needs %s is answered all the same, be it a first one or a delegation', async (_store, relay) => {
    const query = 'scope=read:tap&delegate_to=portal&delegate_scope=read:tap'
    const credentials = await Promise.all([
      ...Array.from({ length: 30 }, async () => bearer(await postern.token('ada'))),
      ...Array.from({ length: 30 }, async () => ({ Cookie: `postern=${await postern.session('ada')}` })),
    ])
    const questions = credentials.flatMap((each) => [checkOf('scope=read:tap', each), checkOf(query, each)])
    postern.context.tokenCache.invalidateAll()
    relay().stall()
    const answers = await Promise.all(questions.map((each) => new Caller(postern.port, 60_000).ask(each)))
    const statuses = new Set(answers.map((each) => (each instanceof Error ? each.message : each.status)))
    expect([...statuses].filter((each) => each !== 200)).toEqual([503])
  })
})

describe('while PostgreSQL is down', () => {
  beforeEach(() => toPostgres.cut())

  it('sessions are checked as ever, and user tokens are answered 503', async () => {
    expect((await bySession()).status).toBe(200)
    expect((await byToken()).status).toBe(503)
    const list = await request(postern.server).get('/auth/api/v1/token-info').auth(token, { type: 'bearer' })
    expect([list.status, list.headers['retry-after']]).toEqual([503, '5'])
    expect((await health()).body).toEqual({
      status: 'unhealthy',
      postgres: 'down',
      redis: 'up',
      memory: 'on',
      lockdown: 'unknown',
    })
  })

  it('a hundred checks at once are no hundred lines of the log', async () => {
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await byToken()).status))
    expect(new Set(statuses)).toEqual(new Set([503]))
    const lines = () =>
      postern
        .logged()
        .split('\n')
        .filter((line) => line.includes('Check failed, store unavailable'))
    const counted = () => lines().reduce((sum, line) => sum + JSON.parse(line).count, 0)
    await eventually(() => counted() === 100)
    expect(lines().length).toBeLessThan(50)
  })

  it('user tokens are checked again as soon as it is back', async () => {
    await toPostgres.mend()
    expect((await byToken()).status).toBe(200)
  })

  it('no user is refused for it, challenged, or sent to sign in', async () => {
    const response = await byToken()
    expect([response.status, response.headers['www-authenticate'], response.headers.location]).toEqual([
      503,
      undefined,
      undefined,
    ])
  })
})

describe('while PostgreSQL takes no writes', () => {
  const setReadOnly = (value: 'on' | 'off') => {
    const elsewhere = new URL(database)
    elsewhere.pathname = '/postgres'
    return sql(
      elsewhere.href,
      `ALTER DATABASE ${new URL(database).pathname.slice(1)} SET default_transaction_read_only = ${value}`,
    )
  }
  const create = () =>
    request(postern.server)
      .post('/auth/api/v1/tokens')
      .set({ Authorization: `Bearer ${BOOTSTRAP}` })
      .send({ token_type: 'user', username: 'ada', token_name: randomUUID(), scopes: ['read:tap'] })

  it('creating is 503 and checks go on; and a failover to a new primary loses nothing that was acknowledged', async () => {
    const acknowledged: string[] = []
    const statuses = new Set<number>()
    const writeOn = async () => {
      const { status, body } = await create()
      statuses.add(status)
      if (status === 201) acknowledged.push(body.token)
      return status
    }
    await Promise.all(Array.from({ length: 5 }, writeOn))
    await setReadOnly('on')
    toPostgres.reset()
    await eventually(async () => (await writeOn()) === 503)
    expect((await create()).body.detail[0].type).toBe('store_unavailable')
    expect((await byToken()).status).toBe(200)
    expect(await health()).toMatchObject({
      status: 503,
      body: { status: 'unhealthy', postgres: 'read_only', redis: 'up' },
    })

    await setReadOnly('off')
    // Connections to the former primary stay read only: these are new ones.
    await eventually(async () => (await writeOn()) === 201)
    await eventually(async () => (await health()).status === 200)
    expect(statuses).toEqual(new Set([201, 503]))
    for (const each of acknowledged) expect((await ask({ Authorization: `Bearer ${each}` })).status).toBe(200)
    expect(postern.logged()).not.toContain('"stack"')
  })
})

describe('a user token that is remembered', () => {
  it('is checked without PostgreSQL, until it has been remembered for as long as the site allows', async () => {
    const { postern: other, token: theirs } = await aPostern({ memoryMaxAge: '2s' })
    const status = async () =>
      (await request(other.server).get('/ingress/auth').set(ASKED).auth(theirs, { type: 'bearer' })).status
    expect(await status()).toBe(200)
    await toPostgres.cut()
    expect(await status()).toBe(200)
    await eventually(async () => (await status()) !== 200)
    expect(await status()).toBe(503)
    await toPostgres.mend()
    expect(await status()).toBe(200)
    await other.stop()
  })
})

describe('while both are down', () => {
  it('no request passes and none is refused; and all is well when they are back, without a restart', async () => {
    expect([(await byToken()).status, (await bySession()).status]).toEqual([200, 200])
    await toPostgres.cut()
    await toRedis.cut()
    await eventually(() => !postern.context.tokenCache.isEnabled)
    expect([(await byToken()).status, (await bySession()).status]).toEqual([503, 503])
    await toPostgres.mend()
    expect((await byToken()).status).toBe(200)
    await toRedis.mend()
    await eventually(async () => (await bySession()).status === 200)
    expect([(await byToken()).status, (await bySession()).status]).toEqual([200, 200])
    await eventually(() => postern.context.tokenCache.isEnabled)
    expect(postern.context.tokenCache.isEnabled).toBe(true)
  })
})

async function aPostern(settings: Record<string, unknown>) {
  const other = await startPostern({ databaseUrl: toPostgres.url, redisUrl: toRedis.url, settings })
  return { postern: other, token: await other.token('grace') }
}

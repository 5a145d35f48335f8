import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import pg from 'pg'
import request from 'supertest'
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT, JWT_TYPE } from '../../server/core/openid/exchange.js'
import { register, sentTo, signInTo, startProvider } from '../openid/support/relying-party.js'
import { signedIn } from '../support/clients/visitor.js'
import { startWorkloadIssuer, type WorkloadIssuer } from '../support/peers/workload-issuer.js'
import { ASKED, PASSWORD, type RunningPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/

let postern: RunningPostern
let ci: WorkloadIssuer
let databaseUrl: string
let redisUrl: string

beforeAll(async () => {
  databaseUrl = await freshDatabase()
  redisUrl = await freshRedis()
  ci = await startWorkloadIssuer()
  const rules = [{ claims: { repository_id: '1' }, username: 'bot-survey', scopes: ['read:tap'] }]
  const settings = {
    tokenExchange: { enabled: true },
    voLogin: { cookie: true, bearer: true },
    trustedIssuers: [{ issuer: ci.issuer, audience: 'https://data.example.org', rules }],
  }
  postern = await startProvider({ databaseUrl, redisUrl, settings })
})
afterAll(async () => {
  await postern.stop()
  await ci.stop()
})

/** Every row of every table, as text; bytes as hexadecimal. */
async function dumpPostgres(): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
  const dumped: string[] = []
  for (const { table_name } of rows) {
    const table = await client.query(`SELECT t::text AS row FROM "${table_name}" t`)
    dumped.push(...table.rows.map(({ row }) => row))
  }
  await client.end()
  return dumped.join('\n')
}

async function dumpRedis(): Promise<string> {
  const redis = new Redis(redisUrl)
  const keys = await redis.keys('*')
  const values = await Promise.all(keys.map(async (key) => (await redis.dump(key).catch(() => '')) ?? ''))
  const texts = await Promise.all(keys.map((key) => redis.get(key).catch(() => '')))
  redis.disconnect()
  return [...keys, ...values, ...texts].join('\n')
}

describe('an attacker with a copy of the stores and the log', () => {
  it('finds no secret and no password in them, only what identifies tokens', async () => {
    const visitor = await signedIn(postern, 'ada')
    const page = await visitor.post('/auth/tokens', { name: 'topcat', scope: 'read:tap', expires: 'never' })
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const session = await postern.session('ada')
    for (const each of [token, session]) {
      await request(postern.server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer ${each}` })
    }
    await postern.context.usage.flush(postern.context)

    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    expect(loot).toContain(token.slice(3, 25))
    expect(loot).toContain(session.slice(3, 25))
    const forms = (secret: string) => [
      secret,
      Buffer.from(secret, 'base64url').toString('hex'),
      Buffer.from(secret).toString('hex'),
    ]
    for (const secret of [token.slice(26), session.slice(26)].flatMap(forms)) expect(loot).not.toContain(secret)
    expect(loot).not.toContain(PASSWORD)
    expect(loot).not.toMatch(TOKEN)
  })

  it('S16e: finds no token that a client wrote where none belongs', async () => {
    const visitor = await signedIn(postern, 'ada')
    const token = await postern.token('ada', { scopes: ['user:token'] })
    const dead = await postern.token('ada')
    await postern.revoke(dead)
    const spelt = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('')
    for (const bearer of [token, dead]) {
      for (const path of [token, spelt(token), `x?y=${token}`]) {
        await request(postern.server)
          .get('/ingress/auth?scope=exec:admin')
          .set({ ...ASKED, 'X-Original-URL': `https://data.example.org/tap/${path}` })
          .set({ Authorization: `Bearer ${bearer}`, 'User-Agent': `script ${token}` })
      }
      await request(postern.server)
        .get(`/auth/api/v1/token-info?token=${token}`)
        .set({ Authorization: `Bearer ${bearer}`, 'User-Agent': `Bearer ${token.slice(26)}` })
    }
    const admitted = { ...ASKED, Authorization: `Bearer ${token}`, 'User-Agent': `script ${token}` }
    expect((await request(postern.server).get('/ingress/auth').set(admitted)).status).toBe(200)
    const named = await visitor.post('/auth/tokens', { name: token, scope: 'read:tap', expires: 'never' })
    expect(named.status).toBe(422)
    await request(postern.server).get(`/auth/tokens/${token}`)
    // A failure, which logs the path.
    const { query } = postern.context.postgres.pool
    postern.context.postgres.pool.query = (() => Promise.reject(new Error(`no answer to ${token}`))) as typeof query
    const failed = await request(postern.server)
      .get(`/auth/api/v1/users/ada/tokens/${token.slice(3, 25)}/change-history`)
      .set({ Authorization: `Bearer ${token}` })
    postern.context.postgres.pool.query = query
    expect(failed.status).toBe(500)
    await postern.context.usage.flush(postern.context)

    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    expect(loot).toContain('script gt-')
    expect(loot).toContain('no answer to gt-')
    expect(loot).toContain(`/tap/gt-${token.slice(3, 25)}.[secret]`)
    for (const form of [token.slice(26), spelt(token.slice(26))]) expect(loot).not.toContain(form)
  })

  it('finds no code, no secret of a client and no token of a client', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const tokens = await signInTo(party, visitor, { scope: 'openid offline_access' })
    const code = new URL(sentTo(await visitor.get((await party.begin()).path))).searchParams.get('code') ?? ''
    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    expect(loot).toContain(party.id)
    expect(loot).toContain(tokens.access_token.slice(3, 25))
    expect(code).toMatch(/^[\w-]{43}$/)
    for (const each of [party.secret, code, tokens.refresh_token ?? '', tokens.access_token.slice(26)]) {
      expect(each.length).toBeGreaterThan(21)
      for (const form of [each, Buffer.from(each).toString('hex'), Buffer.from(each, 'base64url').toString('hex')]) {
        expect(loot).not.toContain(form)
      }
    }
    expect(loot).not.toContain('PRIVATE KEY')
  })

  it('finds neither a token that was exchanged nor the one that it was exchanged for', async () => {
    const token = await postern.token('ada', { name: 'exchanged' })
    const form = { grant_type: EXCHANGE_GRANT, subject_token_type: ACCESS_TOKEN_TYPE }
    const exchange = (subject_token: string) =>
      request(postern.server)
        .post('/auth/openid/token')
        .type('form')
        .send({ ...form, subject_token })
    const child: string = (await exchange(token)).body.access_token
    expect((await exchange(`${token.slice(0, 26)}${child.slice(26)}`)).status).toBe(400)
    await postern.context.usage.flush(postern.context)
    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    expect(loot).toContain(child.slice(3, 25))
    for (const secret of [token.slice(26), child.slice(26)]) {
      for (const form of [
        secret,
        Buffer.from(secret).toString('hex'),
        Buffer.from(secret, 'base64url').toString('hex'),
      ])
        expect(loot).not.toContain(form)
    }
  })

  it('finds neither the password nor the token of a VO login', async () => {
    await postern.account('caroline')
    const { headers } = await request(postern.server)
      .post('/auth/vo/login')
      .type('form')
      .send({ username: 'caroline', password: PASSWORD })
    const token: string = headers['x-vo-bearer'] ?? ''
    expect(token).toMatch(TOKEN)
    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    expect(loot).toContain(token.slice(3, 25))
    const secret = token.slice(26)
    for (const form of [
      PASSWORD,
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret, 'base64url').toString('hex'),
    ])
      expect(loot).not.toContain(form)
  })

  it('finds no JWT of a job, neither one that was exchanged nor one that was refused', async () => {
    const times = { iat: postern.now(), exp: postern.now() + 300 }
    const job = { iss: ci.issuer, aud: 'https://data.example.org', sub: 'repo:a/b:ref:main', jti: 'the-job', ...times }
    const [right, wrong] = [
      await ci.sign({ ...job, repository_id: '1' }),
      await ci.sign({ ...job, repository_id: '2' }),
    ]
    const exchange = (jwt: string) =>
      request(postern.server)
        .post('/auth/openid/token')
        .type('form')
        .send({ grant_type: EXCHANGE_GRANT, subject_token: jwt, subject_token_type: JWT_TYPE })
    const answers = [await exchange(right), await exchange(wrong), await exchange(right)]
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400])
    const token = String(answers[0]?.body.access_token)
    const loot = [await dumpPostgres(), await dumpRedis(), postern.logged()].join('\n')
    for (const fact of [token.slice(3, 25), 'repo:a/b:ref:main', 'postern:workload:used:']) expect(loot).toContain(fact)
    const parts = [right, wrong].flatMap((jwt) => jwt.split('.').slice(1))
    for (const each of [...parts, token.slice(26), 'the-job']) expect(loot).not.toContain(each)
  })

  it('is admitted with nothing that can be put together from them', async () => {
    const token = await postern.token('grace')
    const key = token.slice(3, 25)
    const { rows } = await postern.context.postgres.pool.query('SELECT secret_hash FROM token WHERE key = $1', [key])
    const hash = (rows[0].secret_hash as Buffer).toString('base64url')
    for (const secret of [hash.slice(0, 22), hash.slice(-22), key]) {
      const response = await request(postern.server)
        .get('/ingress/auth')
        .set({ ...ASKED, Authorization: `Bearer gt-${key}.${secret}` })
      expect(response.status).toBe(401)
    }
  })
})

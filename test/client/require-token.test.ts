import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import express, { type Express } from 'express'
import request from 'supertest'
import { type FakePostern, PosternClient, startFakePostern, tokenGuard, tokenOf } from '../../server/client/index.js'
import { eventually } from '../support/eventually.js'

const START = 1_800_000_000
const madeUp = (letter: string) => `gt-${letter.repeat(22)}.${letter.repeat(22)}`

let now = START
let served: string[] = []
let fake: FakePostern
let app: Express

/** @param timeout of its questions to Postern, in milliseconds */
function serviceOf(timeout?: number): Express {
  const client = new PosternClient({ baseUrl: fake.url, ...(timeout !== undefined && { timeout }) })
  const requireToken = tokenGuard(client, { realm: 'data.example.org', maxEntries: 2, clock: () => now })
  const service = express()
  const handler: express.RequestHandler = (asked, response) => {
    served.push(tokenOf(asked).username)
    response.end()
  }
  service.get('/any', requireToken(), handler)
  service.get('/tap', requireToken('read:tap', 'read:image'), handler)
  return service
}

beforeEach(async () => {
  now = START
  served = []
  fake = await startFakePostern({ clock: () => now })
  app = serviceOf()
})
afterEach(() => fake.stop())

const get = (path: string, authorization?: string) =>
  request(app)
    .get(path)
    .set(authorization === undefined ? {} : { Authorization: authorization })
const use = async (token: string, path = '/any') => (await get(path, `Bearer ${token}`)).status
const revoke = (token: string) =>
  new PosternClient({ baseUrl: fake.url }).revokeToken(
    fake.createToken('root', { scopes: ['admin:token'] }),
    'ada',
    token.slice(3, 25),
  )

describe('a route that requires a token', () => {
  it('is open to whoever has one with all the scopes', async () => {
    const token = fake.createToken('ada', { scopes: ['read:tap', 'read:image', 'exec:portal'] })
    expect([await use(token, '/tap'), await use(token), (await get('/any', `bearer ${token}`)).status]).toEqual([
      200, 200, 200,
    ])
    expect(served).toEqual(['ada', 'ada', 'ada'])
  })

  const plain = 'Bearer realm="data.example.org"'
  const invalid = `${plain}, error="invalid_token", error_description="Token is not valid"`
  it.each<[string, string | undefined, string]>([
    ['no credential', undefined, plain],
    ['a password', `Basic ${Buffer.from('ada:x').toString('base64')}`, plain],
    ['a made-up token', `Bearer ${madeUp('A')}`, invalid],
    ['what is no token', 'Bearer eyJhbGciOi', invalid],
    ['nothing after Bearer', 'Bearer', invalid],
    ['two tokens', `Bearer ${madeUp('A')} ${madeUp('B')}`, invalid],
  ])('is closed to %s', async (_what, authorization, challenge) => {
    const response = await get('/any', authorization)
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, challenge])
    expect(response.headers['cache-control']).toBe('no-cache, no-store')
    expect(served).toEqual([])
  })

  it('is closed to a token without one of the scopes, and names them', async () => {
    const response = await get('/tap', `Bearer ${fake.createToken('ada', { scopes: ['read:tap'] })}`)
    expect([response.status, response.body.detail[0].type]).toEqual([403, 'insufficient_scope'])
    expect(response.headers['www-authenticate']).toBe(
      `${plain}, error="insufficient_scope", error_description="Token missing required scope", scope="read:tap read:image"`,
    )
    expect(served).toEqual([])
  })

  it('names the document that says who gives tokens, where the service does', async () => {
    const resourceMetadata = 'https://data.example.org/.well-known/oauth-protected-resource'
    const requireToken = tokenGuard(new PosternClient({ baseUrl: fake.url }), { resourceMetadata })
    const service = express().get('/', requireToken(), () => served.push('reached'))
    const { headers } = await request(service).get('/')
    expect(headers['www-authenticate']).toBe(`Bearer realm="Postern", resource_metadata="${resourceMetadata}"`)
    expect(served).toEqual([])
  })

  it.each(['error', 'outage', 'silence', 'hang-up'] as const)(
    'is closed to everybody while Postern answers with %s, and open again right after',
    async (failure) => {
      // Only silence is waited for to its end.
      if (failure === 'silence') app = serviceOf(200)
      const token = fake.createToken('ada')
      fake.failOn('tokenInfo', failure)
      const response = await get('/any', `Bearer ${token}`)
      expect([response.status, response.headers['www-authenticate']]).toEqual([503, undefined])
      expect(response.headers['retry-after']).toBe('5')
      expect(served).toEqual([])
      fake.heal()
      await eventually(async () => expect(await use(token)).toBe(200))
    },
  )

  it('hands on an error that is a mistake in the program', async () => {
    const broken = { tokenInfo: () => Promise.reject(new RangeError('a mistake')) }
    const mute = express().get('/', tokenGuard(broken)(), () => served.push('reached'))
    const errors: unknown[] = []
    mute.use(((error, _request, response, _next) => {
      errors.push(error)
      response.status(500).end()
    }) satisfies express.ErrorRequestHandler)
    expect(
      (
        await request(mute)
          .get('/')
          .set('Authorization', `Bearer ${madeUp('A')}`)
      ).status,
    ).toBe(500)
    expect([errors, served]).toEqual([[new RangeError('a mistake')], []])
  })
})

describe('what Postern said of a token', () => {
  it('is good for a minute, on every route, and no longer', async () => {
    const token = fake.createToken('ada')
    await use(token)
    await revoke(token)
    now += 59
    expect([await use(token), await use(token, '/tap'), fake.calls.filter((each) => each === 'tokenInfo')]).toEqual([
      200,
      403,
      ['tokenInfo'],
    ])
    now += 1
    expect(await use(token)).toBe(401)
  })

  it('is not good past the token’s own end', async () => {
    const token = fake.createToken('ada', { expires: START + 10 })
    expect(await use(token)).toBe(200)
    now += 9
    expect([await use(token), fake.calls.length]).toEqual([200, 1])
    now += 1
    expect([await use(token), fake.calls.length]).toEqual([401, 2])
  })

  it('does not outlive its age in an outage', async () => {
    const token = fake.createToken('ada')
    await use(token)
    fake.failOn('tokenInfo', 'outage')
    now += 59
    expect(await use(token)).toBe(200)
    now += 1
    expect(await use(token)).toBe(503)
  })

  it('does not grow young when the clock is set back', async () => {
    const token = fake.createToken('ada')
    await use(token)
    await revoke(token)
    now -= 3600
    expect(await use(token)).toBe(401)
  })

  it('is asked for once, however many want to know at the same moment', async () => {
    const token = fake.createToken('ada')
    const statuses = await Promise.all(Array.from({ length: 20 }, () => use(token)))
    expect([new Set(statuses), fake.calls]).toEqual([new Set([200]), ['tokenInfo']])
  })

  it('is remembered for a moment when it was no, and asked again after that', async () => {
    for (let tries = 0; tries < 3; tries++) expect(await use(madeUp('A'))).toBe(401)
    expect(fake.calls).toHaveLength(1)
    now += 5
    await use(madeUp('A'))
    expect(fake.calls).toHaveLength(2)
  })

  it('is kept for so many tokens only; made-up ones push out no real one', async () => {
    const [first = '', ...others] = ['ada', 'grace', 'mary'].map((name) => fake.createToken(name))
    await use(first)
    for (const letter of ['A', 'B', 'C']) await use(madeUp(letter))
    await use(first)
    expect(fake.calls).toHaveLength(4)
    for (const token of others) await use(token)
    await use(first)
    expect(fake.calls).toHaveLength(7)
  })
})

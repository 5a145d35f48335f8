import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { attenuate } from '../../../server/core/openid/attenuation.js'
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT, ExchangeFault } from '../../../server/core/openid/exchange.js'
import { mintToken, parseToken } from '../../../server/core/token/token.js'
import { findRedisToken } from '../../../server/storage/redis/tokens.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { insertChild } from '../../../server/tokens/insert-child.js'
import { about } from '../../support/about.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'

const SERVICES = {
  tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' },
  soda: { at: '/api/soda', requires: 'scope=read:image&service=soda' },
  open: { at: '/open', requires: 'scope=read:tap' },
}

let postern: RunningPostern
let visitor: Visitor
let subject: string

beforeAll(async () => {
  postern = await startPostern({ settings: { tokenExchange: { enabled: true }, services: SERVICES } })
  visitor = await signedIn(postern, 'ada')
})
afterAll(() => postern.stop())

let count = 0
beforeEach(async () => {
  subject = await postern.token('ada', { name: `job ${++count}`, scopes: ['read:tap', 'read:image', 'user:token'] })
})

type Fields = Readonly<Record<string, string | readonly string[]>>

/** Exchanges a token, without a client. */
const exchange = (fields: Fields = {}, token = subject, at = postern) =>
  request(at.server)
    .post('/auth/openid/token')
    .type('form')
    .send({ grant_type: EXCHANGE_GRANT, subject_token: token, subject_token_type: ACCESS_TOKEN_TYPE, ...fields })

async function childOf(token: string, fields: Fields = {}): Promise<string> {
  const { status, body } = await exchange(fields, token)
  expect([status, body.error_description]).toEqual([200, undefined])
  return body.access_token
}

const check = async (token: string, query: string, address = '127.0.0.1') =>
  (
    await request(postern.server)
      .get(`/ingress/auth?${query}`)
      .set(ASKED)
      .set('X-Forwarded-For', address)
      .set('Authorization', `Bearer ${token}`)
  ).status

const info = async (token: string) =>
  (await request(postern.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${token}`)).body

const keyOf = (token: string) => token.slice(3, 25)
const keysOf = async (): Promise<string[]> => {
  const { body } = await visitor.get('/auth/api/v1/users/ada/tokens')
  return body.map((each: { token: string }) => each.token)
}

/** Expects that a request is refused, and that nothing came of it. */
async function expectRefused(sent: ReturnType<typeof exchange>, error: string, says: string): Promise<void> {
  const before = await keysOf()
  const changes = await postern.context.postgres.prisma.tokenChange.count()
  const { status, body, headers } = await sent
  expect([status, body]).toEqual([400, { error, error_description: expect.stringContaining(says) }])
  expect(headers['cache-control']).toBe('no-store')
  expect(await keysOf()).toEqual(before)
  expect(await postern.context.postgres.prisma.tokenChange.count()).toBe(changes)
}

describe('a token', () => {
  it('is exchanged by its holder for a child of it', async () => {
    const { status, body, headers } = await exchange({ scope: 'read:tap', requested_expiry: '600' })
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toEqual({
      access_token: expect.stringMatching(/^gt-/),
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: about(600),
      scope: 'read:tap',
    })
    expect(await info(body.access_token)).toMatchObject({
      username: 'ada',
      token_type: 'internal',
      scopes: ['read:tap'],
      parent: keyOf(subject),
    })
    expect(await check(body.access_token, 'scope=read:tap')).toBe(200)
    expect(await check(body.access_token, 'scope=read:image')).toBe(403)
    expect(await keysOf()).toContain(keyOf(body.access_token))
    const path = `/auth/api/v1/users/ada/tokens/${keyOf(body.access_token)}/change-history`
    expect((await visitor.get(path)).body).toMatchObject([
      { action: 'create', actor: 'ada', parent: keyOf(subject), scopes: ['read:tap'], ip_address: '127.0.0.1' },
    ])
  })

  it('gives all that a child may have when no scope is named', async () => {
    expect((await info(await childOf(subject))).scopes).toEqual(['read:image', 'read:tap'])
  })

  it('ends its children with itself, at once', async () => {
    const child = await childOf(subject)
    const grandchild = await childOf(child, { scope: 'read:tap' })
    for (const each of [child, grandchild]) expect(await check(each, 'scope=read:tap')).toBe(200)
    await postern.revoke(subject)
    for (const each of [child, grandchild]) expect(await check(each, 'scope=read:tap')).toBe(401)
    expect((await exchange({}, child)).body.error).toBe('invalid_request')
  })

  it('has a child that is revoked by itself', async () => {
    const child = await childOf(subject)
    await postern.revoke(child)
    expect(await check(child, 'scope=read:tap')).toBe(401)
    expect(await check(subject, 'scope=read:tap')).toBe(200)
  })
})

describe('a child for one service', () => {
  it.each([
    ['by its name', { audience: 'tap' }],
    ['by its address', { resource: 'http://127.0.0.1:8080/api/tap/sync' }],
    ['by both', { audience: 'tap', resource: 'http://127.0.0.1:8080/api/tap' }],
  ])('named %s is used there alone', async (_how, fields) => {
    const child = await childOf(subject, fields)
    expect(await check(child, 'scope=read:tap&service=tap')).toBe(200)
    expect(await check(child, 'scope=read:image&service=soda')).toBe(403)
    expect(await check(child, 'scope=read:tap')).toBe(403)
    expect(await info(child)).toMatchObject({ services: ['tap'] })
  })

  it('is none that was made for the service, where only such pass', async () => {
    const child = await childOf(subject, { audience: 'tap' })
    expect(await check(child, 'scope=read:tap&service=tap&only_service=tap')).toBe(403)
  })

  it('may be for two, and a child of it for one of them', async () => {
    const both = await childOf(subject, { audience: ['tap', 'soda'] })
    expect(await info(both)).toMatchObject({ services: ['soda', 'tap'] })
    const one = await childOf(both, { audience: 'soda' })
    expect(await check(one, 'scope=read:tap&service=tap')).toBe(403)
    await expectRefused(exchange({ audience: 'tap' }, one), 'invalid_target', 'may not be used at this service')
  })

  it('is learned from what proxies ask', async () => {
    await expectRefused(exchange({ audience: 'cutout' }), 'invalid_target', 'audience')
    await check(subject, 'scope=read:image&service=cutout')
    await eventually(async () => {
      expect((await info(await childOf(subject, { audience: 'cutout' }))).services).toEqual(['cutout'])
    })
  })
})

describe('a child for a network', () => {
  it('is used from there alone, and so are its children', async () => {
    const child = await childOf(subject, { network: '127.0.0.0/8' })
    expect(await check(child, 'scope=read:tap')).toBe(200)
    expect(await check(child, 'scope=read:tap', '192.0.2.7')).toBe(403)
    const grandchild = await childOf(child, { audience: 'tap' })
    expect(await info(grandchild)).toMatchObject({ networks: ['127.0.0.0/8'], services: ['tap'] })
    await expectRefused(exchange({ network: '0.0.0.0/0' }, child), 'invalid_request', 'network')
  })

  it('is not exchanged from elsewhere', async () => {
    const child = await childOf(subject, { network: '192.0.2.0/24' })
    await expectRefused(exchange({}, child), 'invalid_request', 'from this address')
  })
})

describe('nothing is made', () => {
  it.each([
    ['invalid_scope', { scope: 'read:tap write:files' }, 'write:files'],
    ['invalid_scope', { scope: 'admin:token' }, 'admin:token'],
    ['invalid_scope', { scope: 'user:token' }, 'user:token'],
    ['invalid_target', { audience: 'elsewhere' }, 'audience'],
    ['invalid_target', { resource: 'https://elsewhere.example.org/api/tap' }, 'resource'],
    ['invalid_target', { resource: 'http://127.0.0.1:8080/open' }, 'resource'],
    ['invalid_target', { resource: 'tap' }, 'resource'],
    ['invalid_request', { network: 'here' }, 'networks'],
    ['invalid_request', { requested_expiry: '99999999' }, 'requested_expiry'],
    ['invalid_request', { requested_expiry: 'soon' }, 'requested_expiry'],
    ['invalid_request', { actor_token: 'x', actor_token_type: ACCESS_TOKEN_TYPE }, 'actor_token'],
    ['invalid_request', { requested_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'requested_token_type'],
    ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'subject_token_type'],
    ['invalid_request', { subject_token: 'gt-' }, 'subject_token'],
    ['invalid_request', { subject_token: '' }, 'subject_token'],
    ['invalid_request', { scope: ['read:tap', 'read:image'] }, 'scope'],
  ])('by %s of %p', async (error, fields, says) => {
    await expectRefused(exchange(fields), error, says)
  })

  it('and the refusal is recorded with the token that was shown', async () => {
    await exchange({ scope: 'admin:token' })
    const lines = () => postern.logged().split('\n')
    await eventually(() => {
      const events = lines().filter((line) => line.includes('"api.call"') && line.includes(keyOf(subject)))
      expect(events.map((line) => JSON.parse(line))).toMatchObject([
        {
          event: { outcome: 'failure' },
          user: { name: 'ada' },
          postern: { object: { type: 'token', id: keyOf(subject) } },
        },
      ])
    })
  })

  it('of a token that is over, has another secret, or is a browser’s', async () => {
    const revoked = await postern.token('ada', { name: `revoked ${count}` })
    await postern.revoke(revoked)
    const session = await postern.session('ada')
    const other = `${subject.slice(0, 26)}${'A'.repeat(22)}`
    for (const token of [revoked, other, session])
      await expectRefused(exchange({}, token), 'invalid_request', 'subject')
  })
})

it('A child of a token that is revoked while it is made is not made', async () => {
  const { context } = postern
  const parsed = parseToken(subject)
  const parent = parsed instanceof Refusal ? undefined : await authenticate(context, parsed)
  const child = parent && attenuate(parent, { networks: [], services: [] }, { now: postern.now(), lifetime: 600 })
  if (!child || child instanceof ExchangeFault) throw new Error('It has a child')
  await postern.revoke(subject)
  const changes = await context.postgres.prisma.tokenChange.count()
  const token = mintToken('redis', context.random, context.keys.tokenKeys[0])
  const made = await insertChild(context, { ...child, key: token.key }, token, { actor: { username: 'ada' } })
  expect(made).toMatchObject({ code: 'invalid_token' })
  expect(await context.postgres.prisma.tokenChange.count()).toBe(changes)
  expect(await findRedisToken(context, token.key)).toBeUndefined()
})

describe('a user', () => {
  let few: RunningPostern
  beforeAll(async () => {
    const limits = { delegatedPerUser: 2, apiCalls: 7 }
    few = await startPostern({ settings: { tokenExchange: { enabled: true }, limits } })
  })
  afterAll(() => few.stop())

  it('exchanges no more tokens than may be, of which those that have ended are none, nor more often', async () => {
    const [one, other] = [await few.token('ada', { name: 'one' }), await few.token('ada', { name: 'other' })]
    const swap = (token: string) => exchange({}, token, few)
    expect([(await swap(one)).status, (await swap(other)).status]).toEqual([200, 200])
    const refused = await swap(other)
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant'])
    await few.revoke(one)
    expect((await swap(other)).status).toBe(200)
    expect((await swap(other)).body.error).toBe('invalid_grant')
    await swap(other)
    await swap(other)
    const slowed = await swap(other)
    expect([slowed.status, slowed.body.error]).toEqual([429, 'slow_down'])
    expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0)
    expect((await exchange({}, await few.token('bob'), few)).status).toBe(200)
    expect(
      await few.context.postgres.prisma.tokenChange.count({ where: { tokenType: 'internal', action: 'create' } }),
    ).toBe(4)
  })
})

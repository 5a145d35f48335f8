import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as oidc from 'openid-client'
import request from 'supertest'
import { CLI_CLIENT, DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT } from '../../../server/core/openid/exchange.js'
import { liftLockdown, lockDown } from '../../../server/tokens/incident/lockdown.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { type RelyingParty, register, signInTo, startProvider } from '../support/relying-party.js'

const SECRET = 'the master secret of both processes of this site'

let database: Relay
let redis: Relay
let postern: RunningPostern
/** Another process of the same site. */
let other: RunningPostern
let party: RelyingParty
let visitor: Visitor
let subject: string

beforeAll(async () => {
  const [databaseUrl, redisUrl] = [await freshDatabase(), await freshRedis()]
  database = await startRelay(databaseUrl)
  redis = await startRelay(redisUrl)
  const settings = { tokenExchange: { enabled: true }, deviceLogin: { enabled: true } }
  postern = await startProvider({ databaseUrl: database.url, redisUrl: redis.url, secret: SECRET, settings })
  other = await startPostern({ databaseUrl, redisUrl, secret: SECRET, loaded: postern.context.settings })
  party = await register(postern)
  visitor = await signedIn(postern, 'ada')
  subject = await postern.token('ada', { name: 'job', scopes: ['read:tap', 'read:image'] })
})
afterAll(async () => {
  await other.stop()
  await postern.stop()
  await Promise.all([database.stop(), redis.stop()])
})

const FORM = { grant_type: EXCHANGE_GRANT, subject_token_type: ACCESS_TOKEN_TYPE }
const exchange = (fields: Record<string, string> = {}, at = postern) =>
  request(at.server)
    .post('/auth/openid/token')
    .type('form')
    .send({ ...FORM, subject_token: subject, ...fields })

const check = async (token: string, at = postern) => {
  const call = request(at.server).get('/ingress/auth?scope=read:tap').set(ASKED)
  return (await call.set('Authorization', `Bearer ${token}`)).status
}

const made = () =>
  postern.context.postgres.prisma.tokenChange.count({ where: { action: 'create', tokenType: 'internal' } })

describe('a client', () => {
  it('exchanges a token, and the audit trail has its name', async () => {
    const answer = await oidc.genericGrantRequest(party.config, EXCHANGE_GRANT, {
      subject_token: subject,
      subject_token_type: ACCESS_TOKEN_TYPE,
      scope: 'read:tap',
    })
    expect(answer).toMatchObject({ issued_token_type: ACCESS_TOKEN_TYPE, scope: 'read:tap', token_type: 'bearer' })
    expect(await check(answer.access_token)).toBe(200)
    const event = await postern.context.postgres.prisma.auditEvent.findFirst({
      where: { event: { contains: `"id":"${answer.access_token.slice(3, 25)}"` } },
    })
    expect(JSON.parse(event?.event ?? '')).toMatchObject({
      event: { action: 'token.create' },
      user: { name: 'ada' },
      postern: { token: subject.slice(3, 25), details: { exchanged: true, client: party.id } },
    })
  })

  it('need not have a secret', async () => {
    expect((await exchange({ client_id: CLI_CLIENT })).status).toBe(200)
  })

  it.each([
    ['whose secret is wrong', () => ({ client_id: party.id, client_secret: 'wrong' })],
    ['that leaves its secret out', () => ({ client_id: party.id })],
    ['that is not known', () => ({ client_id: 'nobody', client_secret: 'x' })],
  ])('%s gets nothing, whatever token it shows', async (_which, fields) => {
    const before = await made()
    const { status, body } = await exchange(fields())
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(await made()).toBe(before)
  })

  it('cannot exchange what it was given for its user', async () => {
    const before = await made()
    const { access_token } = await signInTo(party, visitor)
    const { status, body } = await exchange({ subject_token: access_token })
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(body.error_description).toContain('oidc')
    expect(await made()).toBe(before)
  })

  it('finds the grant in both documents', async () => {
    for (const document of ['openid-configuration', 'oauth-authorization-server']) {
      const { body } = await request(postern.server).get(`/.well-known/${document}`)
      expect(body.grant_types_supported).toEqual(expect.arrayContaining([EXCHANGE_GRANT, DEVICE_GRANT]))
    }
  })
})

describe('a child', () => {
  it('ends with its parent in every process', async () => {
    const parent = await postern.token('ada', { name: 'short', scopes: ['read:tap'] })
    const { access_token } = (await exchange({ subject_token: parent })).body
    expect([await check(access_token), await check(access_token, other)]).toEqual([200, 200])
    await postern.revoke(parent)
    expect(await check(access_token)).toBe(401)
    await eventually(async () => expect(await check(access_token, other)).toBe(401))
  })

  it('is told no claims at UserInfo, as its parent is told none', async () => {
    const { access_token } = (await exchange()).body
    for (const token of [subject, access_token]) {
      const call = request(postern.server).get('/auth/openid/userinfo')
      expect((await call.set('Authorization', `Bearer ${token}`)).status).toBe(401)
    }
  })
})

describe('nothing is exchanged', () => {
  it('in a lockdown', async () => {
    const root = { username: 'root' }
    await lockDown(postern.context, 'test', root)
    const before = await made()
    const { status, body } = await exchange()
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
    expect(await made()).toBe(before)
    await liftLockdown(postern.context, root)
    expect((await exchange()).status).toBe(200)
  })

  it.each([
    ['PostgreSQL', () => database],
    ['Redis', () => redis],
  ])('while %s is away', async (_store, relay) => {
    const before = await made()
    await relay().cut()
    const { status, body } = await exchange()
    expect([status, body]).toMatchObject([503, { error: 'temporarily_unavailable' }])
    expect(body).not.toHaveProperty('access_token')
    await relay().mend()
    await eventually(async () => expect((await exchange()).status).toBe(200))
    expect(await made()).toBe(before + 1)
  })

  it('at a site that does not want it', async () => {
    const off = await startProvider()
    const none = await startPostern()
    try {
      const form = { subject_token: await off.token('ada') }
      for (const fields of [form, { ...form, client_id: CLI_CLIENT }]) {
        const { status, body } = await exchange(fields, off)
        expect([Math.floor(status / 100), body.access_token]).toEqual([4, undefined])
      }
      const { body } = await request(off.server).get('/.well-known/openid-configuration')
      expect(body.grant_types_supported).not.toContain(EXCHANGE_GRANT)
      expect((await exchange(form, none)).status).toBe(404)
    } finally {
      await Promise.all([off.stop(), none.stop()])
    }
  })
})

it('a site that only exchanges tokens names this grant alone, and no device login', async () => {
  const alone = await startPostern({ settings: { tokenExchange: { enabled: true } } })
  try {
    const { body } = await request(alone.server).get('/.well-known/oauth-authorization-server')
    expect(body.grant_types_supported).toEqual([EXCHANGE_GRANT])
    expect(body).not.toHaveProperty('device_authorization_endpoint')
  } finally {
    await alone.stop()
  }
})

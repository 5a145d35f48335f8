import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { CLI_CLIENT, DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

let database: Relay
let redis: Relay
let postern: RunningPostern
let visitor: Visitor

beforeAll(async () => {
  database = await startRelay(await freshDatabase())
  redis = await startRelay(await freshRedis())
  const settings = { deviceLogin: { enabled: true } }
  postern = await startPostern({ databaseUrl: database.url, redisUrl: redis.url, settings })
  visitor = await signedIn(postern, 'ada')
})
afterAll(async () => {
  await postern.stop()
  await Promise.all([database.stop(), redis.stop()])
})

const send = (path: string, fields: Record<string, string>) =>
  request(postern.server)
    .post(path)
    .type('form')
    .send({ client_id: CLI_CLIENT, ...fields })
const poll = (device_code: string) => send('/auth/openid/token', { grant_type: DEVICE_GRANT, device_code })

describe('a site without an OpenID Connect server', () => {
  it('signs devices in, and is no provider', async () => {
    const { body: begun } = await send('/auth/openid/device/code', {})
    const fields = { user_code: begun.user_code, name: 'alone', scope: 'read:tap', expires: '30d', answer: 'allow' }
    expect((await visitor.post('/auth/device/answer', fields)).status).toBe(200)
    expect((await poll(begun.device_code)).body.access_token).toMatch(/^gt-/)
    const { body: server } = await request(postern.server).get('/.well-known/oauth-authorization-server')
    expect(server).toMatchObject({
      issuer: 'http://127.0.0.1:8080',
      device_authorization_endpoint: 'http://127.0.0.1:8080/auth/openid/device/code',
      grant_types_supported: [DEVICE_GRANT],
      token_endpoint_auth_methods_supported: ['none'],
    })
    expect(server).not.toHaveProperty('authorization_endpoint')
    const { body: resource } = await request(postern.server).get('/.well-known/oauth-protected-resource')
    expect(resource).toMatchObject({ resource: server.issuer, authorization_servers: [server.issuer] })
    expect(resource.scopes_supported).toContain('read:tap')
    for (const path of ['/.well-known/openid-configuration', '/auth/openid/login', '/auth/openid/userinfo'])
      expect((await request(postern.server).get(path)).status).toBe(404)
    expect((await send('/auth/openid/device/code', { scope: 'openid' })).body.error).toBe('invalid_scope')
  })
})

describe.each([
  ['PostgreSQL', () => database],
  ['Redis', () => redis],
])('while %s is away', (store, relay) => {
  it('an approved device is told to come back, and gets its one token afterwards', async () => {
    const name = `after ${store}`
    const { body: begun } = await send('/auth/openid/device/code', {})
    const fields = { user_code: begun.user_code, name, scope: 'read:tap', expires: '30d', answer: 'allow' }
    expect((await visitor.post('/auth/device/answer', fields)).status).toBe(200)
    await relay().cut()
    const refused = await poll(begun.device_code)
    expect([refused.status, refused.body.error]).toEqual([503, 'temporarily_unavailable'])
    await relay().mend()
    await eventually(async () => {
      const { body } = await poll(begun.device_code)
      expect(body.access_token).toMatch(/^gt-/)
    })
    expect((await poll(begun.device_code)).body.error).toBe('invalid_grant')
    const { body: tokens } = await visitor.get('/auth/api/v1/users/ada/tokens')
    expect(tokens.filter((each: { token_name?: string }) => each.token_name === name)).toHaveLength(1)
  })
})

describe('what the stores hold of a device that waits', () => {
  it('is neither of its codes', async () => {
    const { body: begun } = await send('/auth/openid/device/code', {})
    const rows = JSON.stringify(await postern.context.postgres.prisma.deviceLogin.findMany())
    expect(rows).toContain(CLI_CLIENT)
    for (const secret of [begun.device_code, begun.user_code, begun.user_code.replace('-', '')])
      expect(rows).not.toContain(secret)
    const keys = await postern.context.redis.keys('*')
    expect(keys.join(' ')).not.toContain(begun.device_code)
  })
})

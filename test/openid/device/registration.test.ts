import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { DAY } from '../../../server/core/time.js'
import { pruneDevices } from '../../../server/openid/device/prune.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'
import { startProvider } from '../support/relying-party.js'

let postern: RunningPostern
let visitor: Visitor

beforeAll(async () => {
  postern = await startProvider({ settings: { deviceLogin: { enabled: true, registration: true } } })
  visitor = await signedIn(postern, 'ada')
})
afterAll(() => postern.stop())

const WISH = {
  client_name: 'Science Platform CLI @ host',
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  response_types: ['token'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile email offline_access',
}

interface Registered {
  readonly client_id: string
  readonly client_secret: string
  readonly client_secret_expires_at: number
}

async function register(wish: object = WISH): Promise<Registered> {
  const { status, body } = await request(postern.server).post('/auth/openid/register').send(wish)
  expect(status).toBe(201)
  return body
}

const send = ({ client_id, client_secret }: Registered, path: string, fields: Record<string, string>) =>
  request(postern.server).post(`/auth/openid/${path}`).auth(client_id, client_secret).type('form').send(fields)

async function signIn(client: Registered) {
  const { body: begun } = await send(client, 'device/code', { client_id: client.client_id, scope: WISH.scope })
  const asked = await visitor.post('/auth/device', { user_code: begun.user_code })
  expect(asked.text).toContain(WISH.client_name)
  await visitor.post('/auth/device/answer', { user_code: begun.user_code, answer: 'allow' })
  return send(client, 'token', { grant_type: DEVICE_GRANT, device_code: begun.device_code })
}

const exists = async ({ client_id }: Registered) =>
  (await postern.context.postgres.prisma.oidcClient.count({ where: { id: client_id } })) === 1

describe('a client that registers itself', () => {
  it('finds where in the discovery document, signs a user in, and gets new tokens later', async () => {
    const { body: found } = await request(postern.server).get('/.well-known/openid-configuration')
    expect(found.registration_endpoint).toBe(`${postern.context.settings.baseUrl.origin}/auth/openid/register`)
    const client = await register()
    const { status, body } = await signIn(client)
    expect(status).toBe(200)
    expect(body).toMatchObject({ access_token: expect.stringMatching(/^gt-/), refresh_token: expect.any(String) })
    const again = await send(client, 'token', { grant_type: 'refresh_token', refresh_token: body.refresh_token })
    expect(again.body.access_token).toMatch(/^gt-/)
    const user = await request(postern.server)
      .get('/auth/openid/userinfo')
      .set('Authorization', `Bearer ${again.body.access_token}`)
    expect(user.body).toMatchObject({ sub: 'ada', preferred_username: 'ada' })
  })

  it('gets a user token where it asks for no ID token', async () => {
    const client = await register()
    const { body: begun } = await send(client, 'device/code', { client_id: client.client_id, scope: 'read:tap' })
    const wish = { name: 'cli', scope: 'read:tap', expires: '30d', answer: 'allow' }
    await visitor.post('/auth/device/answer', { user_code: begun.user_code, ...wish })
    const { body } = await send(client, 'token', { grant_type: DEVICE_GRANT, device_code: begun.device_code })
    expect(body).toMatchObject({ token_name: 'cli', scope: 'read:tap' })
  })

  it('is none to which browsers are led', async () => {
    const { client_id } = await register()
    const query = new URLSearchParams({
      client_id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'https://evil.example.org/',
    })
    const led = await visitor.get(`/auth/openid/login?${query}`)
    expect(led.status).toBeGreaterThanOrEqual(400)
    expect(led.headers.location).toBeUndefined()
  })

  it('is kept with its secret in no store', async () => {
    const { client_secret } = await register()
    const rows = await postern.context.postgres.prisma.oidcClientSecret.findMany()
    const texts = rows.map(({ secretHash }) => Buffer.from(secretHash).toString())
    expect(texts.join(' ')).not.toContain(client_secret)
  })

  it('is deleted after 30 days without a user, and after 180 with one', async () => {
    const [unused, used] = [await register(), await register()]
    expect(used.client_secret_expires_at).toBe(0)
    await signIn(used)
    postern.advance(29 * DAY)
    await pruneDevices(postern.context)
    expect([await exists(unused), await exists(used)]).toEqual([true, true])
    postern.advance(2 * DAY)
    await pruneDevices(postern.context)
    expect([await exists(unused), await exists(used)]).toEqual([false, true])
    postern.advance(150 * DAY)
    await pruneDevices(postern.context)
    expect(await exists(used)).toBe(false)
  })

  it('is refused when it wants more, or when its network registers many, and none is made', async () => {
    const count = () => postern.context.postgres.prisma.oidcClient.count()
    const before = await count()
    const post = (wish: object) => request(postern.server).post('/auth/openid/register').send(wish)
    const refused = await post({ ...WISH, redirect_uris: ['https://evil.example.org/'] })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_redirect_uri'])
    const broken = await request(postern.server).post('/auth/openid/register').type('json').send('{')
    expect(broken.status).toBe(400)
    expect(await count()).toBe(before)
    const statuses: number[] = []
    for (let each = 0; each < 20; each++) statuses.push((await post(WISH)).status)
    expect(statuses.at(-1)).toBe(429)
    expect(await count()).toBe(before + statuses.filter((status) => status === 201).length)
  })
})

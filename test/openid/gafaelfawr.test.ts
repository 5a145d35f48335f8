import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { importClients, removeClient } from '../../server/openid/clients.js'
import { listClients } from '../../server/storage/postgres/openid/clients.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { startProvider } from './support/relying-party.js'

const CLIENTS = JSON.stringify([
  { id: 'chronograf', secret: 'a secret of Gafaelfawr', return_uri: 'https://chronograf.example.org/oauth' },
  { id: 'idac', secret: 'another one', return_uri: 'https://idac.example.net/callback' },
])
let postern: RunningPostern

beforeAll(async () => {
  const oidcServer = { enabled: true, clients: CLIENTS, dataRightsMapping: { users: ['dp1'] } }
  postern = await startProvider({ settings: { oidcServer } })
})
afterAll(() => postern.stop())

describe('Gafaelfawr’s clients', () => {
  it('are put into a database that has none, once, with their secrets', async () => {
    const [first, second] = await Promise.all([importClients(postern.context), importClients(postern.context)])
    expect(first + second).toBe(2)
    const { prisma } = postern.context.postgres
    expect((await listClients(prisma)).map(({ id, redirectUris, isOwnSite }) => [id, redirectUris, isOwnSite])).toEqual(
      [
        ['chronograf', ['https://chronograf.example.org/oauth'], true],
        ['idac', ['https://idac.example.net/callback'], true],
      ],
    )
    const answer = (secret: string) =>
      request(postern.server).post('/auth/openid/token').type('form').send({
        client_id: 'idac',
        client_secret: secret,
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: 'y',
      })
    expect((await answer('another one')).body.error).toBe('invalid_grant')
    expect((await answer('a secret of Gafaelfawr')).body.error).toBe('invalid_client')
    await removeClient(postern.context, 'idac', { username: 'root' })
    expect(await importClients(postern.context)).toBe(0)
    expect(await listClients(prisma)).toHaveLength(1)
    await removeClient(postern.context, 'chronograf', { username: 'root' })
    expect(await importClients(postern.context)).toBe(0)
    expect(await listClients(prisma)).toEqual([])
  })
})

describe('UserInfo', () => {
  const userInfo = (token: string) =>
    request(postern.server).get('/auth/openid/userinfo').set('Authorization', `Bearer ${token}`)

  it('has all claims for the token that a service was given for a user, and none for another type', async () => {
    const session = await postern.session('ada')
    const check = await request(postern.server)
      .get('/ingress/auth?service=tap&delegate_to=tap')
      .set({ ...ASKED, Authorization: `Bearer ${session}` })
    const internal = await userInfo(String(check.headers['x-auth-request-token']))
    expect([internal.status, internal.body]).toMatchObject([
      200,
      { sub: 'ada', email: 'ada@example.org', data_rights: 'dp1' },
    ])
    for (const [type, token] of [
      ['session', session],
      ['user', await postern.token('ada')],
    ] as const) {
      const refused = await userInfo(token)
      expect([refused.status, refused.body.detail[0].msg]).toEqual([401, `Token of type ${type} not allowed`])
      expect(refused.headers['www-authenticate']).toContain('error="invalid_token"')
    }
    expect((await userInfo('nonsense')).status).toBe(401)
  })
})

describe('a site without an OpenID Connect server', () => {
  it('answers as Gafaelfawr does', async () => {
    const without = await startPostern()
    const answers = await Promise.all(
      [
        '/auth/openid/login',
        '/auth/openid/userinfo',
        '/.well-known/openid-configuration',
        '/.well-known/jwks.json',
      ].map((path) => request(without.server).get(path)),
    )
    await without.stop()
    for (const { status, body } of answers) {
      expect([status, body.detail]).toEqual([
        404,
        [{ type: 'not_supported', msg: 'OpenID Connect server not configured' }],
      ])
    }
  })
})

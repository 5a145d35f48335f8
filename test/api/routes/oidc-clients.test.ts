import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { secretMatches } from '../../../server/core/token/token.js'
import { validSecrets } from '../../../server/storage/postgres/openid/clients.js'
import { request } from '../../support/documented.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const BOOTSTRAP = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'
const API = '/auth/api/v1/oidc-clients'
const GRAFANA = { return_uri: 'https://grafana.example.org/login/generic_oauth', description: 'Grafana' }
const BEARER = { Authorization: `Bearer ${BOOTSTRAP}` }

let postern: RunningPostern

beforeAll(async () => {
  const oidcServer = { enabled: true, clientSuffix: '.clients.example.org' }
  postern = await startPostern({ settings: { oidcServer, bootstrapToken: BOOTSTRAP } })
})
afterAll(() => postern.stop())

const post = (body: object, path = API) => request(postern.server).post(path).set(BEARER).send(body)
const get = (path: string) => request(postern.server).get(path).set(BEARER)
const patch = (path: string, body: object) => request(postern.server).patch(path).set(BEARER).send(body)

/** Whether a secret opens a client now. */
async function opens(id: string, secret: string): Promise<boolean> {
  const secrets = await validSecrets(postern.context.postgres, id, postern.now())
  return secrets.some(({ digest }) => secretMatches(new Secret(secret), digest))
}

async function acts(id: string): Promise<string[]> {
  const { rows } = await postern.context.postgres.pool.query(
    `SELECT event FROM audit_event WHERE event::text LIKE '%' || $1 || '%' ORDER BY 1`,
    [id],
  )
  return rows.map(({ event }) => JSON.stringify(event))
}

describe('the registry of clients', () => {
  it('registers a client in Gafaelfawr’s form, and shows its secret once', async () => {
    const made = await post({ ...GRAFANA, notes: 'of the operations group' })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ ...GRAFANA, notes: 'of the operations group', last_modified_by: '<bootstrap>' })
    expect(made.body.client_id).toMatch(/^[0-9a-f]{32}\.clients\.example\.org$/)
    expect(made.body.client_secret).toMatch(/^[\w-]{43}$/)
    expect(made.body.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(made.headers.location).toBe(`http://127.0.0.1:8080${API}/${made.body.client_id}`)
    expect(made.body.url).toBe(made.headers.location)
    const { client_secret, ...client } = made.body
    const shown = await get(`${API}/${made.body.client_id}`)
    expect(shown.body).toEqual(client)
    expect((await get(API)).body).toContainEqual(client)
    expect(await opens(client.client_id, client_secret)).toBe(true)
    expect((await acts(client.client_id)).join()).toContain('oidc-client.create')
    expect((await acts(client.client_id)).join()).not.toContain(client_secret)
  })

  it('takes several addresses, rights that users need, and a client without a secret', async () => {
    const given = {
      description: 'Argo CD',
      return_uris: ['https://argo.example.org/auth/callback', 'http://localhost:8085/auth/callback'],
      post_logout_uris: ['https://argo.example.org/'],
      backchannel_logout_uri: 'https://argo.example.org/logout',
      own_site: false,
      required_scope: 'exec:admin',
      required_groups: ['ops'],
      public: true,
    }
    const { status, body } = await post(given)
    expect([status, body.client_secret]).toEqual([201, undefined])
    expect(body).toMatchObject({ ...given, return_uri: given.return_uris[0] })
  })

  it('replaces all that is said of a client, and keeps its secret', async () => {
    const { body } = await post(GRAFANA)
    const renamed = { description: 'Dashboards', return_uri: 'https://dash.example.org/cb' }
    const changed = await patch(`${API}/${body.client_id}`, renamed)
    expect(changed.body).toMatchObject({ ...renamed, return_uris: [renamed.return_uri] })
    expect(await opens(body.client_id, body.client_secret)).toBe(true)
    expect((await patch(`${API}/${body.client_id}`, { description: 'No address' })).status).toBe(422)
    expect((await get(`${API}/${body.client_id}`)).body.description).toBe('Dashboards')
  })

  it('deletes a client with its secrets', async () => {
    const { body } = await post(GRAFANA)
    const path = `${API}/${body.client_id}`
    expect((await request(postern.server).delete(path).set(BEARER)).status).toBe(204)
    for (const answer of [await get(path), await patch(path, GRAFANA), await post({}, `${path}/secret`)]) {
      expect([answer.status, answer.body.detail[0].loc]).toEqual([404, ['path', 'client_id']])
    }
    expect(await opens(body.client_id, body.client_secret)).toBe(false)
  })

  it.each([
    ['http on a network', { return_uri: 'http://grafana.example.org/cb' }],
    ['a fragment', { return_uri: 'https://grafana.example.org/cb#x' }],
    ['another scheme', { return_uri: 'javascript:alert(1)' }],
    ['none', { return_uris: [] }],
    ['a bad one among good ones', { return_uris: ['https://a.example/', 'http://b.example/'] }],
    ['a bad one after signing out', { ...GRAFANA, post_logout_uris: ['http://b.example/'] }],
    ['a bad one for the back channel', { ...GRAFANA, backchannel_logout_uri: 'ftp://b.example/' }],
  ])('refuses an address with %s, and registers nothing', async (_what, body) => {
    const before = (await get(API)).body
    const { status } = await post({ description: 'Bad', ...body })
    expect(status).toBe(422)
    expect((await get(API)).body).toEqual(before)
  })
})

describe('a new secret of a client', () => {
  it('is valid beside the old one for as long as it says, and no longer', async () => {
    const { body } = await post(GRAFANA)
    const path = `${API}/${body.client_id}/secret`
    const { status, body: rotated } = await post({ overlap: 3600 }, path)
    expect(status).toBe(201)
    const both = async () => [
      await opens(body.client_id, body.client_secret),
      await opens(body.client_id, rotated.client_secret),
    ]
    expect(await both()).toEqual([true, true])
    postern.advance(3540)
    expect(await both()).toEqual([true, true])
    postern.advance(61)
    expect(await both()).toEqual([false, true])
    expect((await acts(body.client_id)).join()).toContain('oidc-client.secret')
  })

  it('replaces one that was seen at once', async () => {
    const { body } = await post(GRAFANA)
    const { body: rotated } = await post({ overlap: 0 }, `${API}/${body.client_id}/secret`)
    expect(await opens(body.client_id, body.client_secret)).toBe(false)
    expect(await opens(body.client_id, rotated.client_secret)).toBe(true)
  })

  it('does not lengthen what an earlier rotation has ended', async () => {
    const { body } = await post(GRAFANA)
    const path = `${API}/${body.client_id}/secret`
    await post({ overlap: 60 }, path)
    await post({ overlap: 3600 }, path)
    postern.advance(61)
    expect(await opens(body.client_id, body.client_secret)).toBe(false)
  })
})

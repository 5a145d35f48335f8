import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findClient, listClients, validSecrets } from '../../../server/storage/postgres/openid/clients.js'
import { register, signInTo, startProvider } from '../../openid/support/relying-party.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const HOME = '/auth/admin/oidc-clients'
const GRAFANA = {
  description: 'Grafana',
  'return-uris': 'https://grafana.example.org/login/generic_oauth https://grafana.example.org/other',
  'required-groups': 'ops admins',
  'own-site': 'yes',
}
let postern: RunningPostern
let root: Visitor

beforeAll(async () => {
  postern = await startProvider()
  root = await signedIn(postern, 'root', ['users', 'admins'])
})
afterAll(() => postern.stop())

const clients = () => listClients(postern.context.postgres.prisma)
const secretOf = (text: string) => /aria-label="client secret"[^>]*><code>([\w-]{43})</.exec(text)?.[1] ?? ''

async function registered(fields: Record<string, string> = {}) {
  await root.get(`${HOME}/new`)
  const made = await root.post(HOME, { ...GRAFANA, ...fields })
  const client = (await clients()).find(({ id }) => made.text.includes(id))
  if (made.status !== 201 || !client) throw new Error(`${made.status}: ${made.text}`)
  return { client, made, path: `${HOME}/${client.id}` }
}

describe('an administrator', () => {
  it('registers a client, and sees its secret once', async () => {
    const { client, made, path } = await registered()
    expect(client).toMatchObject({
      description: 'Grafana',
      redirectUris: GRAFANA['return-uris'].split(' '),
      requiredGroups: ['ops', 'admins'],
      isOwnSite: true,
      isPublic: false,
      lastModifiedBy: 'root',
    })
    const secret = secretOf(made.text)
    expect(secret).toHaveLength(43)
    expect(made.text).toContain(client.id)
    expect(made.headers['cache-control']).toBe('no-store')
    for (const page of [await root.get(path), await root.get(HOME)]) {
      expect(page.text).toContain('Grafana')
      expect(page.text).not.toContain(secret)
    }
  })

  it('registers a client without a secret', async () => {
    const { client, made } = await registered({ public: 'yes', 'own-site': '', 'return-uris': 'http://127.0.0.1/cb' })
    expect([client.isPublic, client.isOwnSite, secretOf(made.text)]).toEqual([true, false, ''])
  })

  it('is told what is wrong with a form, and nothing is registered', async () => {
    const before = await clients()
    await root.get(`${HOME}/new`)
    for (const [fields, sentence] of [
      [{ description: '' }, 'Give a name'],
      [{ 'return-uris': '' }, 'Give an address'],
      [{ 'return-uris': 'http://grafana.example.org/cb' }, 'must be https'],
      [{ 'required-scope': 'two scopes' }, 'Give one permission'],
    ] as const) {
      const page = await root.post(HOME, { ...GRAFANA, ...fields })
      expect([page.status, page.text.includes(sentence)]).toEqual([422, true])
    }
    const wrong = {
      'return-uris': 'https://a.example.org/ no-address',
      'post-logout-uris': 'ftp://a',
      'required-scope': '!',
    }
    const page = await root.post(HOME, { ...GRAFANA, ...wrong, 'backchannel-logout-uri': 'http://a.example.org/' })
    for (const [field, address] of [
      ['return-uris', 'no-address'],
      ['post-logout-uris', 'ftp://a'],
      ['backchannel-logout-uri', 'http://a.example.org/'],
    ])
      expect(page.text).toContain(`<a href="#${field}">${address} must be https`)
    expect(page.text).toContain('<a href="#required-scope">')
    expect(await clients()).toEqual(before)
  })

  it('changes, gives another secret to, and deletes a client', async () => {
    const { client, made, path } = await registered()
    await root.get(path)
    expect((await root.post(path, { ...GRAFANA, description: 'Dashboards' })).status).toBe(303)
    const { prisma } = postern.context.postgres
    expect((await findClient(prisma, client.id))?.description).toBe('Dashboards')
    await root.get(path)
    const rotated = await root.post(`${path}/secret`)
    expect(rotated.status).toBe(201)
    expect(secretOf(rotated.text)).not.toBe(secretOf(made.text))
    expect(await validSecrets(postern.context.postgres, client.id, postern.now())).toHaveLength(2)
    await root.get(path)
    await root.post(`${path}/secret`, { seen: 'yes' })
    expect(await validSecrets(postern.context.postgres, client.id, postern.now())).toHaveLength(1)
    const asked = await root.get(`${path}/delete`)
    expect(asked.text).toContain('Delete Dashboards?')
    expect(await findClient(prisma, client.id)).toBeDefined()
    expect((await root.post(`${path}/delete`)).status).toBe(303)
    expect(await findClient(prisma, client.id)).toBeUndefined()
    expect((await root.get(path)).status).toBe(404)
  })
})

describe('another user', () => {
  it('finds none of the pages, and a site without clients has none', async () => {
    const { path } = await registered()
    const ada = await signedIn(postern, 'ada')
    for (const address of [HOME, `${HOME}/new`, path]) expect((await ada.get(address)).status).toBe(404)
    const without = await startPostern()
    const administrator = await signedIn(without, 'root', ['users', 'admins'])
    const answers = [await administrator.get(HOME), await administrator.get('/auth/admin')]
    await without.stop()
    expect([answers[0]?.status, answers[1]?.text.includes('oidc-clients')]).toEqual([404, false])
  })
})

describe('the list of tokens', () => {
  it('names the client of a sign-in', async () => {
    const party = await register(postern, { description: 'Argo <CD>' })
    const visitor = await signedIn(postern, 'grace')
    await signInTo(party, visitor)
    expect((await visitor.get('/auth/tokens')).text).toContain('Sign-in at Argo &lt;CD&gt;')
    expect((await root.get('/auth/admin/users/grace')).text).toContain('Sign-in at Argo &lt;CD&gt;')
  })
})

describe('a user with admin:oidc alone', () => {
  it('sees the pages of clients, as the API has them, and no other page of administrators', async () => {
    const groupMapping = { 'admin:oidc': ['keepers'], 'user:token': ['keepers'] }
    const names = ['admin:oidc', 'admin:token', 'admin:userinfo', 'user:token']
    const knownScopes = Object.fromEntries(names.map((each) => [each, `Can ${each}`]))
    const site = await startProvider({ settings: { oidcServer: { enabled: true }, groupMapping, knownScopes } })
    const keeper = await signedIn(site, 'kim', ['keepers'])
    const page = await keeper.get(HOME)
    expect(page.status).toBe(200)
    expect(page.text).toContain(`href="${HOME}"`)
    expect(page.text).not.toContain('href="/auth/admin/review"')
    await keeper.get(`${HOME}/new`)
    expect((await keeper.post(HOME, GRAFANA)).status).toBe(201)
    expect((await keeper.get('/auth/admin/review')).status).toBe(404)
    expect((await keeper.get('/auth/admin/programs')).status).toBe(404)
    await site.stop()
  })
})

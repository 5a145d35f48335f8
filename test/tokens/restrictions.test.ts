import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { storedEvents } from '../storage/audit/support/events.js'
import { signedIn } from '../support/clients/visitor.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

const API = '/auth/api/v1'
const HOME = '192.0.2.7'
const ELSEWHERE = '198.51.100.9'
const AT_HOME = { networks: ['192.0.2.0/24'] }

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const someone = () => `owner-${++nextUser}`
const check = (token: string, address: string, query = 'scope=read:tap') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set(ASKED)
    .set('X-Forwarded-For', address)
    .auth(token, { type: 'bearer' })

type Fields = Readonly<Record<string, unknown>>

const call = (method: 'get' | 'post' | 'patch', path: string, token: string) =>
  request(postern.server)[method](`${API}${path}`).set('X-Forwarded-For', HOME).auth(token, { type: 'bearer' })

/** A token of the user that may make others, and is bound to nothing. */
const unbound = (user: string) => postern.token(user, { scopes: ['read:tap', 'user:token'] })

async function make(user: string, places: Fields, maker?: string) {
  const by = maker ?? (await unbound(user))
  const body = { token_name: `made-${++nextUser}`, scopes: ['read:tap', 'user:token'], ...places }
  return call('post', `/users/${user}/tokens`, by).send(body)
}
async function made(user: string, places: Fields, maker?: string): Promise<string> {
  const { body } = await make(user, places, maker)
  return body.token
}
const keyOf = (token: string) => token.slice(3, 25)
const find = async (user: string, token: string) =>
  (await call('get', `/users/${user}/tokens/${keyOf(token)}`, await unbound(user))).body

describe('a token that is bound to networks', () => {
  it('is admitted from there alone, and refused elsewhere by a code of its own', async () => {
    const token = await made(someone(), AT_HOME)
    expect((await check(token, HOME)).status).toBe(200)
    const refused = await check(token, ELSEWHERE)
    expect(refused.status).toBe(403)
    expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope"')
    expect(postern.logged()).toContain('outside_restriction')
  })

  it('is refused elsewhere also when its response is cached for the same location', async () => {
    const token = await made(someone(), AT_HOME)
    for (let count = 0; count < 3; count++) expect((await check(token, HOME)).status).toBe(200)
    for (let count = 0; count < 2; count++) expect((await check(token, ELSEWHERE)).status).toBe(403)
    expect((await check(token, HOME)).status).toBe(200)
  })

  it('gives no service elsewhere a delegated token, and its delegated tokens are bound alike', async () => {
    const token = await made(someone(), AT_HOME)
    const query = 'scope=read:tap&delegate_to=portal&delegate_scope=read:tap'
    const refused = await check(token, ELSEWHERE, query)
    expect([refused.status, refused.headers['x-auth-request-token']]).toEqual([403, undefined])
    const child = (await check(token, HOME, query)).headers['x-auth-request-token'] ?? ''
    expect([(await check(child, HOME)).status, (await check(child, ELSEWHERE)).status]).toEqual([200, 403])
  })

  it('changes nothing by the API from elsewhere, where it still says whose it is', async () => {
    const user = someone()
    const token = await made(user, AT_HOME)
    const from = (path: string) => request(postern.server).post(`${API}${path}`).set('X-Forwarded-For', ELSEWHERE)
    const refused = await from(`/users/${user}/tokens`)
      .auth(token, { type: 'bearer' })
      .send({ token_name: 'thief', scopes: [] })
    expect([refused.status, refused.body.detail[0].msg]).toEqual([403, 'Token may not be used from this address'])
    expect(await postern.context.postgres.prisma.token.count({ where: { name: 'thief' } })).toBe(0)
    const info = request(postern.server).get(`${API}/token-info`).set('X-Forwarded-For', ELSEWHERE)
    expect((await info.auth(token, { type: 'bearer' })).body).toMatchObject({ username: user, ...AT_HOME })
  })
})

describe('a token that is bound to services', () => {
  it('is admitted at their locations alone, by the name of the location or of its delegation', async () => {
    const token = await made(someone(), { services: ['tap'] })
    const statuses = []
    for (const query of ['service=tap', 'delegate_to=tap', 'service=portal', 'delegate_to=portal', 'scope=read:tap']) {
      statuses.push((await check(token, HOME, query)).status)
    }
    expect(statuses).toEqual([200, 200, 403, 403, 403])
  })

  it('changes nothing by the API', async () => {
    const user = someone()
    const token = await made(user, { services: ['tap'] })
    const refused = await make(user, {}, token)
    expect([refused.status, refused.body.detail[0].msg]).toEqual([403, 'Token may not be used at this service'])
  })
})

describe('what a bound token makes', () => {
  it('is bound alike, and never to more', async () => {
    const user = someone()
    const maker = await made(user, AT_HOME)
    const heir = await made(user, {}, maker)
    expect([(await check(heir, HOME)).status, (await check(heir, ELSEWHERE)).status]).toEqual([200, 403])
    expect(await find(user, heir)).toMatchObject(AT_HOME)
    const wider = await make(user, { networks: ['0.0.0.0/0'] }, maker)
    expect([wider.status, wider.body.detail[0].type]).toEqual([422, 'invalid_restriction'])
  })

  it('includes no rotation of a token that is bound to less', async () => {
    const user = someone()
    const [free, bound] = [await postern.token(user), await made(user, AT_HOME)]
    const refused = await call('post', `/users/${user}/tokens/${keyOf(free)}/rotate`, bound).send({ overlap: 0 })
    expect(refused.status).toBe(403)
    expect((await check(free, ELSEWHERE)).status).toBe(200)
    const own = await call('post', `/users/${user}/tokens/${keyOf(bound)}/rotate`, bound).send({ overlap: 0 })
    expect((await check(own.body.token, ELSEWHERE)).status).toBe(403)
    expect((await check(own.body.token, HOME)).status).toBe(200)
  })
})

describe('an edit', () => {
  it('binds a token to less, with the tokens that it made, and lifts no restriction, not even for an administrator', async () => {
    await postern.account('root1', ['admins'])
    const admin = await postern.token('root1', { scopes: ['admin:token'] })
    const user = someone()
    const maker = await made(user, { networks: ['192.0.2.0/24', '198.51.100.0/24'] })
    const heir = await made(user, {}, maker)
    const edit = (token: string, fields: Fields) =>
      call('patch', `/users/${user}/tokens/${keyOf(token)}`, admin).send(fields)
    expect((await edit(maker, AT_HOME)).body).toMatchObject(AT_HOME)
    for (const token of [maker, heir]) {
      expect([(await check(token, HOME)).status, (await check(token, ELSEWHERE)).status]).toEqual([200, 403])
    }
    for (const networks of [null, [], ['0.0.0.0/0']]) {
      const refused = await edit(maker, { networks })
      expect([refused.status, refused.body.detail[0].type]).toEqual([422, 'invalid_restriction'])
    }
    expect((await edit(maker, { token_name: 'renamed' })).body).toMatchObject(AT_HOME)
    const events = (await storedEvents(postern)).filter((event) => JSON.stringify(event).includes(keyOf(maker)))
    expect(JSON.stringify(events)).toContain('"restriction":{"networks":["192.0.2.0/24"]}')
  })
})

describe('the pages', () => {
  it('bind a token when it is created, show where it may be used, and let its owner narrow that', async () => {
    const user = someone()
    const visitor = await signedIn(postern, user)
    const fields = {
      name: 'bound',
      scope: ['read:tap'],
      expires: '30d',
      networks: '192.0.2.0/24, 10.0.0.0/8',
      services: 'tap',
    }
    const token = /gt-[\w-]{22}\.[\w-]{22}/.exec((await visitor.post('/auth/tokens', fields)).text)?.[0] ?? ''
    expect((await check(token, ELSEWHERE, 'service=tap')).status).toBe(403)
    expect((await check(token, HOME, 'service=tap')).status).toBe(200)
    for (const path of ['/auth/tokens', `/auth/tokens/${keyOf(token)}`]) {
      expect((await visitor.get(path)).text).toContain('nly from <code>10.0.0.0/8</code> and <code>192.0.2.0/24</code>')
    }
    const edit = (places: Record<string, string>) =>
      visitor.post(`/auth/tokens/${keyOf(token)}/edit`, {
        name: 'bound',
        scope: ['read:tap'],
        expires: 'keep',
        ...places,
      })
    expect((await edit({ networks: '', services: 'tap' })).status).toBe(422)
    expect((await edit({ networks: '10.0.0.0/8', services: 'tap' })).status).toBe(303)
    expect((await check(token, HOME, 'service=tap')).status).toBe(403)
    expect((await visitor.get(`/auth/tokens/${keyOf(token)}`)).text).toContain('bound it to fewer networks or services')
  })

  it('say what is wrong with a network, and create nothing', async () => {
    const user = someone()
    const visitor = await signedIn(postern, user)
    const fields = { name: 'bound', scope: ['read:tap'], expires: '30d', networks: 'example.org' }
    const page = await visitor.post('/auth/tokens', fields)
    expect([page.status, page.text.includes('Give networks such as')]).toEqual([422, true])
    expect(page.text).toContain('value="example.org"')
    expect(await postern.context.postgres.prisma.token.count({ where: { username: user } })).toBe(0)
  })
})

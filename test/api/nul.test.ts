import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { request } from '../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { ARCHIVE_SETTINGS } from '../support/stores/archive.js'
import { TABLE } from './support/access-table.js'
import { CALLERS } from './support/callers.js'
import { everything } from './support/everything.js'

let postern: RunningPostern
let admin: Readonly<Record<string, string>>

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: ARCHIVE_SETTINGS })
  await postern.account('root', ['users', 'admins'])
  admin = await CALLERS['admin’s cookie and word'](postern)
})
afterAll(() => postern.stop())

const NUL_KEY = '%00AAAAAAAAAAAAAAAAAAAAA'
const methodAndPath = (route: string) => {
  const [method = '', path = ''] = route.split(' ')
  return [method.toLowerCase() as 'get', path.replace('{username}', 'root')] as const
}

/** Every route, with NUL in each of the places of its path. */
const inPath = Object.keys(TABLE).flatMap((route) =>
  [...route.matchAll(/\{(\w+)\}/g)].map(([place]) => {
    const filled = route.replace(place, NUL_KEY).replace('{key}', 'A'.repeat(22)).replace('{id}', 'P-1')
    return filled.replace('{email}', 'ada@example.org')
  }),
)

const BODIES: readonly (readonly [route: string, body: object])[] = [
  ['POST /auth/api/v1/users/{username}/tokens', { token_name: 'a\0b' }],
  ['POST /auth/api/v1/users/{username}/tokens', { token_name: 'a', scopes: ['read:tap\0'] }],
  ['POST /auth/api/v1/tokens', { username: 'ada', token_type: 'user', token_name: 'a', name: 'A\0' }],
  ['POST /auth/api/v1/tokens', { username: 'ada', token_type: 'user', token_name: 'a', name: 'half \ud83d' }],
  ['PUT /auth/api/v1/quota-overrides', { bypass: ['a\0'] }],
  ['PUT /auth/api/v1/quota-overrides', { default: { api: { 'a\0': 1 } } }],
  ['PUT /auth/api/v1/programs/P-1', { title: 'a\0b', public: true }],
]

const QUERIES = [
  `/auth/api/v1/users/root/token-change-history?key=${NUL_KEY}`,
  '/auth/api/v1/users/root/token-change-history?ip_address=%00',
  '/auth/api/v1/history/token-changes?actor=%00',
  '/auth/api/v1/users?q=a%00',
  '/auth/api/v1/groups?q=a%00',
  '/auth/api/v1/programs?q=a%00&text=%00',
]

describe('S16a: a text with NUL', () => {
  it.each(inPath)('in the path is refused and changes nothing: %s', async (route) => {
    const [method, path] = methodAndPath(route)
    const before = await everything(postern.context)
    const response = await request(postern.server)[method](path).set(admin).send({})
    expect([404, 422]).toContain(response.status)
    expect(await everything(postern.context)).toEqual(before)
  })

  it.each(BODIES)('in the body is refused and changes nothing: %s %j', async (route, body) => {
    const [method, path] = methodAndPath(route)
    const before = await everything(postern.context)
    const response = await request(postern.server)[method](path).set(admin).send(body)
    expect(response.status).toBe(422)
    expect(await everything(postern.context)).toEqual(before)
  })

  it.each(QUERIES)('in the query is no error of ours: %s', async (path) => {
    const response = await request(postern.server).get(path).set(admin)
    expect(response.status).toBeLessThan(500)
  })

  it.each([
    ['get', `/auth/tokens/${NUL_KEY}`, undefined],
    ['get', '/auth/admin/users?name=%00', undefined],
    ['get', '/auth/admin/history?key=%00&actor=%00', undefined],
    ['get', '/auth/admin/audit?about=%00&request=%00&text=%00%00%00', undefined],
    ['get', '/auth/admin/audit/%00', undefined],
    ['get', '/auth/programs/a%00', undefined],
    ['get', '/login?rd=%00', undefined],
    ['get', '/login/oidc?code=%00&state=%00', undefined],
    ['post', '/login', 'username=a%00&password=b'],
  ] as const)('reaches no store through the pages: %s %s', async (method, path, body) => {
    const call = request(postern.server)
      [method](path)
      .set('Cookie', admin.Cookie ?? '')
    const response = await (body === undefined ? call : call.type('form').send(body))
    expect(response.status).toBeLessThan(500)
  })

  it.each(['scope', 'service', 'delegate_to', 'delegate_scope', 'program', 'username', 'auth_type', 'only_service'])(
    'is no error of the check’s: %s',
    async (name) => {
      const headers = { ...ASKED, ...(await CALLERS.user(postern)) }
      const response = await request(postern.server).get(`/ingress/auth?scope=read:tap&${name}=a%00`).set(headers)
      expect(response.status).toBeLessThan(500)
    },
  )

  it('leaves no stack in the log', () => {
    expect(postern.logged()).not.toContain('Request failed')
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listUserTokens } from '../../../server/storage/postgres/tokens.js'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { bearer, keyOf } from '../support/callers.js'

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org' })
})
afterAll(() => postern.stop())

type Headers = Readonly<Record<string, string>>
const someone = () => `caller-${++nextUser}`
const api = (method: 'get' | 'post' | 'patch' | 'delete', path: string, headers: Headers, body?: unknown) => {
  const call = request(postern.server)[method](`/auth/api/v1${path}`).set(headers)
  return body === undefined ? call : call.send(body as object)
}
const self = async (username: string) => bearer(await postern.token(username, { scopes: ['user:token', 'read:tap'] }))
const admin = async () => bearer(await postern.token('root', { scopes: ['admin:token'] }))
const rowsOf = (username: string) => listUserTokens(postern.context.postgres, username)

describe('GET /login', () => {
  it('tells a page who is signed in, and the word to act with', async () => {
    const session = await postern.session('ada')
    const { body } = await api('get', '/login', { Cookie: `__Host-postern=${session}` })
    expect(body).toMatchObject({
      csrf: expect.any(String),
      username: 'ada',
      scopes: expect.arrayContaining(['read:tap']),
    })
    expect(body.config.scopes[0]).toEqual({ name: 'admin:jupyterlab', description: expect.any(String) })
  })

  it('is for the cookie alone: a good token gets the plain challenge', async () => {
    const response = await api('get', '/login', await self('ada'))
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer realm="data.example.org"'])
  })
})

describe('POST /users/{username}/tokens', () => {
  it('gives no two tokens of a user names that look the same, and none a name that shows nothing', async () => {
    const ada = someone()
    const headers = await self(ada)
    const make = (name: string) => api('post', `/users/${ada}/tokens`, headers, { token_name: name })
    const before = (await rowsOf(ada)).length
    for (const name of ['topcat\u200B', 'café', 'abc\u202Egnp.exe']) expect((await make(name)).status).toBe(201)
    for (const name of ['topcat', ' topcat', 'topcat\u2060', 'cafe\u0301', 'abcgnp.exe'])
      expect([name, (await make(name)).body.detail[0].type]).toEqual([name, 'duplicate_token_name'])
    for (const name of ['\u200B', '\u2800', '\uFEFF\u200D', ' ']) expect((await make(name)).status).toBe(422)
    const names = (await rowsOf(ada)).map(({ name }) => name)
    expect(names).toHaveLength(before + 3)
    expect(names).toEqual(expect.arrayContaining(['topcat', 'café', 'abcgnp.exe']))
  })

  it('makes a token within the caller’s scopes, and says where it is', async () => {
    const ada = someone()
    const expires = postern.now() + 3600
    const response = await api('post', `/users/${ada}/tokens`, await self(ada), {
      token_name: 'x',
      scopes: ['read:tap'],
      expires,
    })
    expect(response.status).toBe(201)
    const { token } = response.body
    expect(response.headers.location).toBe(`/auth/api/v1/users/${ada}/tokens/${keyOf(token)}`)
    expect(response.headers['cache-control']).toContain('no-store')
    const info = await api('get', '/token-info', bearer(token))
    expect(info.body).toMatchObject({ token_type: 'user', token_name: 'x', scopes: ['read:tap'], expires })
  })

  it.each([
    [{ token_name: 'a' }, 'never', []],
    [{ token_name: 'a', expires: null, scopes: [], unknown: 1 }, 'never', []],
    [{ token_name: 'a', expires: '2031-01-01T00:00:00Z' }, 1_924_992_000, []],
    [{ token_name: 'a', expires: '2031-01-01T00:00:00' }, 1_924_992_000, []],
    [{ token_name: 'a', expires: '2031-01-01T01:00:00.7+01:00' }, 1_924_992_000, []],
    [{ token_name: 'a', expires: 1_924_992_000.9 }, 1_924_992_000, []],
    [{ token_name: 'a', expires: '1924992000' }, 1_924_992_000, []],
  ])('takes %j', async (body, expires, scopes) => {
    const ada = someone()
    const headers = await self(ada)
    expect((await api('post', `/users/${ada}/tokens`, headers, body)).status).toBe(201)
    const made = (await rowsOf(ada)).find(({ name }) => name === 'a')
    expect([made?.expires ?? 'never', made?.scopes]).toEqual([expires, scopes])
  })

  it.each<[unknown, unknown[]]>([
    [{}, [{ loc: ['body', 'token_name'], msg: 'Field required', type: 'missing' }]],
    [{ token_name: '' }, [expect.objectContaining({ loc: ['body', 'token_name'], type: 'string_too_short' })]],
    [
      { token_name: 'x'.repeat(65) },
      [expect.objectContaining({ loc: ['body', 'token_name'], type: 'string_too_long' })],
    ],
    [{ token_name: 7 }, [expect.objectContaining({ type: 'string_type', input: 7 })]],
    [
      { token_name: 'a', scopes: 'read:tap' },
      [expect.objectContaining({ loc: ['body', 'scopes'], type: 'list_type' })],
    ],
    [{ token_name: 'a', expires: 'soon' }, [expect.objectContaining({ loc: ['body', 'expires'] })]],
    [[], [expect.objectContaining({ loc: ['body'], type: 'model_attributes_type' })]],
    [
      { token_name: 'a', expires: 0 },
      [{ loc: ['body', 'expires'], msg: 'Token must be valid for at least five minutes', type: 'invalid_expires' }],
    ],
    [{ token_name: 'a', expires: -1 }, [expect.objectContaining({ type: 'invalid_expires' })]],
    [
      { token_name: 'a', scopes: ['exec:portal'] },
      [
        {
          loc: ['body', 'scopes'],
          msg: 'Requested scopes are broader than your current scopes',
          type: 'invalid_scopes',
        },
      ],
    ],
    [
      { token_name: 'a', scopes: ['x:y'] },
      [{ loc: ['body', 'scopes'], msg: 'Unknown scopes requested', type: 'invalid_scopes' }],
    ],
  ])('refuses %j, naming what is wrong, and makes nothing', async (body, detail) => {
    const ada = someone()
    const headers = await self(ada)
    const response = await api('post', `/users/${ada}/tokens`, headers, body)
    expect([response.status, response.body.detail]).toEqual([422, detail])
    expect(await rowsOf(ada)).toHaveLength(1)
  })

  it('takes JSON only: what another site’s form can send is not read', async () => {
    const ada = someone()
    const headers = await self(ada)
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      const response = await request(postern.server)
        .post(`/auth/api/v1/users/${ada}/tokens`)
        .set({ ...headers, 'Content-Type': type })
        .send('{"token_name":"a"}')
      expect([response.status, response.body.detail]).toEqual([
        422,
        [
          {
            loc: ['body'],
            type: 'model_attributes_type',
            msg: 'Input should be a valid dictionary or object to extract fields from',
            ctx: { expected: 'Content-Type: application/json' },
            input: null,
          },
        ],
      ])
    }
    expect(await rowsOf(ada)).toHaveLength(1)
    const nothing = await request(postern.server).post(`/auth/api/v1/users/${ada}/tokens`).set(headers)
    expect([nothing.status, nothing.body.detail[0].type]).toEqual([422, 'missing'])
    const json = await request(postern.server)
      .post(`/auth/api/v1/users/${ada}/tokens`)
      .set({ ...headers, 'Content-Type': 'application/vnd.example+json' })
      .send('{"token_name":"a"}')
    expect(json.status).toBe(201)
  })

  it('says that a body is no JSON before it asks who is calling', async () => {
    const response = await request(postern.server)
      .post('/auth/api/v1/users/ada/tokens')
      .set('Content-Type', 'application/json')
      .send('{"token_name":')
    expect([response.status, response.body.detail[0].type]).toEqual([422, 'json_invalid'])
  })

  it('of one name, thirty times at once, makes one token and twenty-nine 409s', async () => {
    const ada = someone()
    const headers = await self(ada)
    const calls = Array.from({ length: 30 }, () => api('post', `/users/${ada}/tokens`, headers, { token_name: 'race' }))
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(29)
    expect(await rowsOf(ada)).toHaveLength(2)
  })

  it('is not for notebook and service tokens, which would outlive themselves', async () => {
    const session = await postern.session('ada')
    const before = await rowsOf('ada')
    for (const query of ['notebook=true', 'delegate_to=tap&delegate_scope=user:token']) {
      const check = await request(postern.server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, ...bearer(session) })
      const response = await api('post', '/users/ada/tokens', bearer(String(check.headers['x-auth-request-token'])), {
        token_name: 'x',
      })
      expect([response.status, response.body.detail[0].type]).toEqual([403, 'permission_denied'])
    }
    expect(await rowsOf('ada')).toEqual(before)
  })

  it('is for nobody but the user, not even an administrator, and by cookie only with the right word', async () => {
    const ada = someone()
    const other = await api('post', `/users/${ada}/tokens`, await admin(), { token_name: 'x' })
    expect([other.status, other.body.detail]).toEqual([
      403,
      [{ msg: `Cannot act on tokens for user ${ada}`, type: 'permission_denied' }],
    ])
    const cookie = { Cookie: `__Host-postern=${await postern.session(ada)}` }
    const { csrf } = (await api('get', '/login', cookie)).body
    for (const headers of [cookie, { ...cookie, 'X-CSRF-Token': 'x' }]) {
      const response = await api('post', `/users/${ada}/tokens`, headers as Headers, { token_name: 'x' })
      expect([response.status, response.body.detail[0].type]).toEqual([403, 'invalid_csrf'])
    }
    expect(await rowsOf(ada)).toEqual([])
    expect(
      (await api('post', `/users/${ada}/tokens`, { ...cookie, 'X-CSRF-Token': csrf }, { token_name: 'x' })).status,
    ).toBe(201)
  })
})

describe('a user’s tokens', () => {
  it('are listed with every type, sorted as Gafaelfawr sorts, without parents; one by one with them', async () => {
    const ada = someone()
    const headers = await self(ada)
    const session = await postern.session(ada)
    const check = await request(postern.server)
      .get('/ingress/auth?notebook=true')
      .set({ ...ASKED, ...bearer(session) })
    const notebook = String(check.headers['x-auth-request-token'])
    const { body } = await api('get', `/users/${ada}/tokens`, headers)
    expect(body.map((each: { token_type: string }) => each.token_type).sort()).toEqual(['notebook', 'session', 'user'])
    expect(JSON.stringify(body)).not.toContain('parent')
    const one = await api('get', `/users/${ada}/tokens/${keyOf(notebook)}`, headers)
    expect(one.body).toMatchObject({ token_type: 'notebook', parent: keyOf(session), expires: expect.any(Number) })
  })

  it('are changed by administrators only: what is not said stays, null means never, and an empty list empties', async () => {
    const ada = someone()
    const expires = postern.now() + 7200
    const token = await postern.token(ada, { name: 'old', scopes: ['read:tap', 'read:image'], expires })
    const path = `/users/${ada}/tokens/${keyOf(token)}`
    expect((await api('patch', path, await self(ada), { token_name: 'mine' })).body.detail).toEqual([
      { msg: 'Token does not have required scope admin:token', type: 'permission_denied' },
    ])
    const root = await admin()
    expect((await api('patch', path, root, { token_name: 'new' })).body).toMatchObject({ token_name: 'new', expires })
    expect((await api('patch', path, root, { expires: null })).body.expires).toBeUndefined()
    expect((await api('patch', path, root, { scopes: [] })).body).toMatchObject({ token_name: 'new', scopes: [] })
    const history = (await api('get', `${path}/change-history`, root)).body
    expect(
      history.map((each: Headers) => [each.action, Object.keys(each).filter((key) => key.startsWith('old_'))]),
    ).toEqual([
      ['edit', ['old_scopes']],
      ['edit', ['old_expires']],
      ['edit', ['old_token_name']],
      ['create', []],
    ])
    expect(history[1]).toMatchObject({ actor: 'root', old_expires: expires, expires: null })
  })

  it('that are no user tokens are not changed, and nobody learns of another’s that it is one', async () => {
    const [ada, grace] = [someone(), someone()]
    const session = await postern.session(ada)
    const check = await request(postern.server)
      .get('/ingress/auth?delegate_to=tap')
      .set({ ...ASKED, ...bearer(session) })
    const delegated = String(check.headers['x-auth-request-token'])
    const root = await admin()
    for (const token of [session, delegated]) {
      const refused = await api('patch', `/users/${ada}/tokens/${keyOf(token)}`, root, { token_name: 'x', scopes: [] })
      expect([refused.status, refused.body.detail]).toEqual([
        403,
        [{ msg: 'Only user tokens can be modified', type: 'permission_denied' }],
      ])
      expect((await api('patch', `/users/${grace}/tokens/${keyOf(token)}`, root, { scopes: [] })).status).toBe(404)
      expect((await api('get', '/token-info', bearer(token))).body.token_name).toBeUndefined()
    }
    expect((await api('get', '/token-info', bearer(session))).body.scopes).toContain('read:tap')
  })
})

describe('S7: DELETE with heirs', () => {
  it('revokes what was created with a token; without, it does not', async () => {
    const ada = someone()
    for (const [query, left] of [
      ['', 1],
      ['?heirs=false', 1],
      ['?heirs=true', 0],
    ] as const) {
      const stolen = await postern.token(ada, { name: `stolen${query}`, scopes: ['user:token'] })
      await api('post', `/users/${ada}/tokens`, bearer(stolen), { token_name: `heir${query}` })
      const { status } = await api('delete', `/users/${ada}/tokens/${keyOf(stolen)}${query}`, await self(ada))
      expect(status).toBe(204)
      const rows = await rowsOf(ada)
      expect(rows.filter(({ name }) => name === `heir${query}`)).toHaveLength(left)
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { PosternClient, PosternError } from '../../server/client/index.js'
import { type AnyPostern, startFake, startReal } from './support/posterns.js'

describe.each([
  ['the real Postern', startReal],
  ['the fake', startFake],
])('%s, to its client', (_which, start) => {
  let at: AnyPostern
  let postern: PosternClient
  let nextUser = 0

  beforeAll(async () => {
    at = await start()
    postern = new PosternClient({ baseUrl: at.url })
  })
  afterAll(() => at.stop())

  const someone = () => `caller-${++nextUser}`
  const self = (username: string) => at.token(username, { scopes: ['user:token', 'read:tap'] })
  const keyOf = (token: string) => token.slice(3, 25)
  const madeUp = `gt-${'A'.repeat(22)}.${'A'.repeat(22)}`
  const fetchRaw = (path: string, init?: RequestInit) => fetch(`${at.url}/auth/api/v1${path}`, init)

  async function errorOf(call: Promise<unknown>): Promise<PosternError> {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(PosternError)
    return error as PosternError
  }

  it('says what a token is', async () => {
    const expires = at.now() + 3600
    const token = await at.token('ada', { scopes: ['read:tap', 'read:image'], expires })
    expect(await postern.tokenInfo(token)).toMatchObject({
      key: keyOf(token),
      username: 'ada',
      tokenType: 'user',
      scopes: ['read:image', 'read:tap'],
      created: expect.any(Number),
      expires,
    })
    expect(await postern.tokenInfo(await at.token('ada'))).not.toHaveProperty('expires')
  })

  it('says who somebody is', async () => {
    const grace = {
      name: 'Grace Hopper',
      email: 'grace@example.org',
      uid: 4200,
      gid: 4200,
      groups: [
        { name: 'g_maths', id: 4202 },
        { name: 'g_navy', id: 4201 },
      ],
    }
    await at.person('grace', grace)
    expect(await postern.userInfo(await at.token('grace'))).toEqual({ username: 'grace', ...grace })
  })

  it('makes a token that works, lists it without its secret, and ends it', async () => {
    const ada = someone()
    const token = await self(ada)
    const expires = at.now() + 3600
    const made = await postern.createToken(token, ada, { tokenName: 'nightly', scopes: ['read:tap'], expires })
    const shown = { key: keyOf(made), username: ada, tokenName: 'nightly', scopes: ['read:tap'], expires }
    expect(await postern.tokenInfo(made)).toMatchObject(shown)
    const list = await postern.listTokens(token, ada)
    expect(list.map(({ key }) => key).sort()).toEqual([keyOf(token), keyOf(made)].sort())
    expect(list.find(({ key }) => key === keyOf(made))).toMatchObject(shown)
    expect(JSON.stringify(list)).not.toContain(made.slice(26))
    await postern.revokeToken(token, ada, keyOf(made))
    expect((await errorOf(postern.tokenInfo(made))).code).toBe('invalid_token')
    expect(await postern.listTokens(token, ada)).toHaveLength(1)
  })

  it('makes a token that never ends and may do nothing, when nothing else is said', async () => {
    const ada = someone()
    const made = await postern.createToken(await self(ada), ada, { tokenName: 'bare' })
    const info = await postern.tokenInfo(made)
    expect([info.scopes, info.expires]).toEqual([[], undefined])
  })

  it('knows no token past its end, in no list either, and its name is free', async () => {
    const ada = someone()
    const token = await self(ada)
    const made = await postern.createToken(token, ada, { tokenName: 'brief', expires: at.now() + 400 })
    at.advance(401)
    expect(await errorOf(postern.tokenInfo(made))).toMatchObject({ code: 'invalid_token', status: 401 })
    expect(await postern.listTokens(token, ada)).toHaveLength(1)
    await postern.createToken(token, ada, { tokenName: 'brief' })
  })

  it('refuses made-up tokens', async () => {
    const calls = [postern.tokenInfo(madeUp), postern.userInfo(madeUp), postern.listTokens(madeUp, 'ada')]
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toMatchObject({
        code: 'invalid_token',
        status: 401,
        detail: [{ msg: 'Token is not valid', type: 'invalid_token' }],
      })
    }
  })

  it.each<[string, object, object]>([
    ['a scope that the caller has not', { scopes: ['read:image'] }, { code: 'invalid_scopes', status: 422 }],
    ['an end in no time', { expires: 1 }, { code: 'invalid_expires', status: 422 }],
    ['a name without letters', { tokenName: '' }, { code: 'string_too_short', status: 422 }],
    ['a name without end', { tokenName: 'x'.repeat(65) }, { code: 'string_too_long', status: 422 }],
    ['a name that is taken', { tokenName: 'taken' }, { code: 'duplicate_token_name', status: 409 }],
  ])('refuses %s, says where it is wrong, and makes nothing', async (_what, wish, error) => {
    const ada = someone()
    const token = await self(ada)
    await postern.createToken(token, ada, { tokenName: 'taken' })
    const refused = await errorOf(postern.createToken(token, ada, { tokenName: 'new', ...wish }))
    expect(refused).toMatchObject(error)
    const field = Object.keys(wish)[0]?.replace('tokenName', 'token_name')
    expect(refused.detail[0]?.loc).toEqual(['body', field])
    expect(await postern.listTokens(token, ada)).toHaveLength(2)
  })

  it('lets nobody touch what is not theirs', async () => {
    const [ada, mallory] = [someone(), someone()]
    const [adas, mallorys] = [await self(ada), await self(mallory)]
    const forbidden = { code: 'permission_denied', status: 403 }
    expect(await errorOf(postern.listTokens(mallorys, ada))).toMatchObject(forbidden)
    expect(await errorOf(postern.createToken(mallorys, ada, { tokenName: 'x' }))).toMatchObject(forbidden)
    expect(await errorOf(postern.revokeToken(mallorys, ada, keyOf(adas)))).toMatchObject(forbidden)
    expect(await errorOf(postern.revokeToken(mallorys, mallory, keyOf(adas)))).toMatchObject({
      code: 'not_found',
      status: 404,
      detail: [{ loc: ['path', 'key'], msg: 'Token not found' }],
    })
    expect(await errorOf(postern.listTokens(await at.token(ada), ada))).toMatchObject(forbidden)
    expect((await postern.tokenInfo(adas)).username).toBe(ada)
  })

  it('lets administrators list and end, but not make, what is another’s', async () => {
    const ada = someone()
    const token = await at.token(ada)
    const admin = await at.token('root', { scopes: ['admin:token'] })
    expect((await postern.listTokens(admin, ada)).map(({ key }) => key)).toEqual([keyOf(token)])
    expect((await errorOf(postern.createToken(admin, ada, { tokenName: 'x' }))).code).toBe('permission_denied')
    await postern.revokeToken(admin, ada, keyOf(token))
    expect((await errorOf(postern.tokenInfo(token))).status).toBe(401)
  })

  it('says who may read the data of programs, of each what it would say alone', async () => {
    const [ada, grace] = [someone(), someone()]
    await at.program('open', 'public')
    await at.program('hers', { username: ada })
    const readers = { scopes: ['exclusive_access'] }
    const [adas, graces] = [await at.token(ada, readers), await at.token(grace, readers)]
    const asked = ['hers', 'nowhere', 'open', 'hers', 'no such thing at all']
    const of = async (token: string) => Object.fromEntries(await postern.programAccess(token, asked))
    const nothing = { nowhere: 'exclusive', 'no such thing at all': 'exclusive', open: 'public' }
    expect(await of(adas)).toEqual({ ...nothing, hers: 'allowed' })
    expect(await of(graces)).toEqual({ ...nothing, hers: 'exclusive' })
    expect(await of(await at.token(ada))).toEqual({ ...nothing, hers: 'exclusive' })
  })

  it('is asked about more programs than one question may name', async () => {
    await at.program('the-last', 'public')
    const ids = [...Array.from({ length: 2500 }, (_, index) => `p-${index}`), 'the-last']
    const found = await postern.programAccess(await at.token('ada'), ids)
    expect([found.size, found.get('p-1999'), found.get('the-last')]).toEqual([2501, 'exclusive', 'public'])
    const headers = { Authorization: `Bearer ${await at.token('ada')}`, 'Content-Type': 'application/json' }
    const body = JSON.stringify({ programs: ids })
    expect((await fetchRaw('/programs/access', { method: 'POST', headers, body })).status).toBe(422)
  })

  it('challenges whoever has no token, in one form of refusal; and of a bad one, in another', async () => {
    const bare = await fetchRaw('/token-info')
    expect([bare.status, await bare.json()]).toEqual([
      401,
      { detail: { msg: 'Authentication required', type: 'no_authorization' } },
    ])
    expect(bare.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"$/)
    const bad = await fetchRaw('/token-info', { headers: { Authorization: `Bearer ${madeUp}` } })
    expect(bad.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="[^"]+", error="invalid_token", error_description="Token is not valid"$/,
    )
    for (const { headers } of [bare, bad]) expect(headers.get('cache-control')).toBe('no-cache, no-store')
  })

  it.each<[string, string, object]>([
    ['no JSON', '{"token_name":', { loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }],
    ['no name', '{}', { loc: ['body', 'token_name'], msg: 'Field required', type: 'missing' }],
    ['a list', '[]', expect.objectContaining({ loc: ['body'], type: 'model_attributes_type' }) as object],
  ])('says that a body has %s', async (_what, body, detail) => {
    const ada = someone()
    const headers = { Authorization: `Bearer ${await self(ada)}`, 'Content-Type': 'application/json' }
    const response = await fetchRaw(`/users/${ada}/tokens`, { method: 'POST', headers, body })
    expect([response.status, await response.json()]).toEqual([422, { detail: [detail] }])
  })

  it('says where a new token is, and has bare words for what there is not', async () => {
    const ada = someone()
    const headers = { Authorization: `Bearer ${await self(ada)}`, 'Content-Type': 'application/json' }
    const made = await fetchRaw(`/users/${ada}/tokens`, { method: 'POST', headers, body: '{"token_name":"a"}' })
    const { token } = (await made.json()) as { token: string }
    expect([made.status, made.headers.get('location')]).toEqual([
      201,
      `/auth/api/v1/users/${ada}/tokens/${keyOf(token)}`,
    ])
    const missing = await fetchRaw('/nowhere')
    expect([missing.status, await missing.json()]).toEqual([404, { detail: 'Not Found' }])
  })
})

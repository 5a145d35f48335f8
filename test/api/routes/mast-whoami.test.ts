import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  const knownScopes = {
    'admin:token': 'Everything',
    'admin:userinfo': 'Read about people',
    'user:token': 'Tokens',
    'mast:user:info': 'Who you are',
    'mast:exclusive_access': 'Data that are not public yet',
  }
  const groupMapping = { 'mast:user:info': ['users'], 'mast:exclusive_access': ['users'] }
  const settings = { tokenCookies: ['mast_token'], knownScopes, groupMapping }
  postern = await startPostern({ baseUrl: 'https://archive.example.org', settings })
})
afterAll(() => postern.stop())

const NOBODY = { anon: true, ezid: 'anonymous', eppn: '', attrib: {}, scopes: [], session: null, token: null }
const get = (path: string, headers: Record<string, string>) => request(postern.server).get(path).set(headers)

describe.each(['/whoami', '/info'])('%s', (path) => {
  it.each([
    ['in the cookie', (token: string) => ({ Cookie: `mast_token=${token}` })],
    ['with Authorization: token', (token: string) => ({ Authorization: `token ${token}` })],
    ['with Bearer', (token: string) => ({ Authorization: `Bearer ${token}` })],
  ])('says whose the token is that came %s', async (_how, carry) => {
    const token = await postern.token('ada', { scopes: ['mast:exclusive_access', 'mast:user:info'] })
    const response = await get(path, { Accept: 'application/json', ...carry(token) })
    expect(response.status).toBe(200)
    expect(response.headers['cache-control']).toContain('no-store')
    expect(response.body).toEqual({
      anon: false,
      ezid: 'ada',
      eppn: 'ada@archive.example.org',
      attrib: {
        uuid: expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        first_name: 'ada',
        last_name: '',
        display_name: 'ada',
        email: 'ada@example.org',
        internal: '0',
        Jwstcalengdataaccess: 'false',
      },
      scopes: ['mast:exclusive_access', 'mast:user:info'],
      session: null,
      token: `${token.slice(0, 8)}...`,
    })
  })

  it('names the session of a browser, and no more of it than its key', async () => {
    const session = await postern.session('grace')
    const { body } = await get(path, { Accept: 'application/json', Cookie: `__Host-postern=${session}` })
    expect(body).toMatchObject({ anon: false, ezid: 'grace', session: session.slice(3, 25), token: null })
    expect(JSON.stringify(body)).not.toContain(session.slice(26))
  })

  it.each([
    ['nothing', {}],
    ['an empty cookie', { Cookie: 'mast_token=' }],
    ['a cookie that holds no token', { Cookie: 'mast_token=56a9cf3d56a9cf3d' }],
    ['a token that nobody made', { Cookie: `mast_token=gt-${'A'.repeat(22)}.${'B'.repeat(22)}` }],
    ['a program’s empty variable', { Authorization: 'token None' }],
    ['a malformed header', { Authorization: 'Basic !' }],
  ] as [string, Record<string, string>][])('answers 200 and nobody to %s', async (_what, headers) => {
    const response = await get(path, { Accept: 'application/json', ...headers })
    expect(response.status).toBe(200)
    expect(response.body).toEqual(NOBODY)
  })

  it('answers 200 and nobody to a token that was revoked', async () => {
    const token = await postern.token('ada', { scopes: ['mast:user:info'] })
    await postern.revoke(token)
    expect((await get(path, { Cookie: `mast_token=${token}` })).body).toEqual(NOBODY)
  })
})

describe('MAST’s addresses', () => {
  it('/info is a page for people, who have to sign in first', async () => {
    const browser = { Accept: 'text/html', Host: 'archive.example.org' }
    const anonymous = await get('/info', browser)
    expect(anonymous.headers.location).toMatch(/^\/login\?rd=/)
    const page = await get('/info', { ...browser, Cookie: `__Host-postern=${await postern.session('ada')}` })
    expect(page.text).toContain('<h1>Your account</h1>')
    expect(page.text).toContain('Data that are not public yet')
  })

  it.each([
    ['/tokens', '/auth/tokens'],
    ['/sessions', '/auth/sessions'],
    ['/token', '/auth/tokens/new'],
    [
      '/token?suggested_name=Astroquery&suggested_scope=mast:exclusive_access',
      '/auth/tokens/new?suggested_name=Astroquery&suggested_scope=mast:exclusive_access',
    ],
  ])('%s leads to %s', async (from, to) => {
    const response = await get(from, {})
    expect(response.status).toBe(303)
    expect(response.headers.location).toBe(to)
  })

  it.each([
    ['one scope', 'suggested_scope=mast:exclusive_access', ['mast:exclusive_access']],
    [
      'two, with a comma',
      'suggested_scope=mast:exclusive_access,mast:user:info',
      ['mast:exclusive_access', 'mast:user:info'],
    ],
    [
      'two, with a space',
      'suggested_scope=mast:exclusive_access%20mast:user:info',
      ['mast:exclusive_access', 'mast:user:info'],
    ],
    [
      'two parameters',
      'suggested_scope=mast:exclusive_access&suggested_scope=mast:user:info',
      ['mast:exclusive_access', 'mast:user:info'],
    ],
  ])('fill in the form, with %s, and make nothing', async (_what, scopes, checked) => {
    const Cookie = `__Host-postern=${await postern.session('prefill')}`
    const { text } = await get(`/auth/tokens/new?suggested_name=Astroquery&${scopes}`, { Cookie })
    expect(text).toContain('<strong>Astroquery</strong> suggests these settings')
    expect(text).toContain('value="Astroquery"')
    const found = [...text.matchAll(/name="scope" value="([^"]+)"[^>]* checked/g)].map(([, scope]) => scope)
    expect(found).toEqual(checked)
    expect(await postern.context.postgres.prisma.token.count({ where: { username: 'prefill' } })).toBe(0)
  })

  it('say which of the suggested scopes the person does not hold', async () => {
    const Cookie = `__Host-postern=${await postern.session('prefill')}`
    const { text } = await get('/auth/tokens/new?suggested_name=Tool&suggested_scope=admin:token,nonsense', { Cookie })
    expect(text.replace(/\s+/g, ' ')).toContain('It also asks for <code>admin:token</code>, which you do not have.')
  })
})

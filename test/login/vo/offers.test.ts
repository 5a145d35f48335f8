import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request, { type Response } from 'supertest'
import { listTokens } from '../../../server/tokens/list.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

const LOGIN = '/auth/vo/login'
const FORM = 'standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="https://data.example.org/auth/vo/login"'
const DISCOVERY = 'https://data.example.org/.well-known/openid-configuration'
const HOME = '192.0.2.7'
const ELSEWHERE = '198.51.100.9'

let postern: RunningPostern
let nextUser = 0
let user: string

beforeAll(async () => {
  postern = await startPostern({
    baseUrl: 'https://data.example.org',
    settings: {
      voLogin: { cookie: true, bearer: true, discoveryUrl: DISCOVERY, lifetime: '4h' },
      groupMapping: { 'read:tap': ['users'], 'admin:token': ['admins'] },
    },
  })
})
afterAll(() => postern.stop())
beforeEach(async () => {
  user = `astronomer-${++nextUser}`
  await postern.account(user)
})

const form = (username: string, password: string, address = HOME) =>
  request(postern.server).post(LOGIN).set('X-Forwarded-For', address).type('form').send({ username, password })
const tokenOf = ({ headers }: Response): string => headers['x-vo-bearer'] ?? ''
const cookieOf = ({ headers }: Response): string =>
  (headers['set-cookie'] as unknown as string[] | undefined)?.[0] ?? ''
const sentenceOf = ({ body }: Response): string => body.detail[0].msg

const check = (headers: Record<string, string>, query = 'scope=read:tap&auth_type=both') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, 'X-Forwarded-For': HOME, ...headers })
const found = () => listTokens(postern.context, user)

describe('an account that signs in with more than a password', () => {
  it('is told to use a token when it has a passkey, and only after the right password', async () => {
    const { prisma } = postern.context.postgres
    const passkey = {
      id: `passkey-of-${user}`,
      username: user,
      publicKey: new Uint8Array(8),
      counter: 0,
      name: 'laptop',
    }
    await prisma.passkey.create({ data: { ...passkey, transports: [], created: new Date() } })
    const refused = await form(user, PASSWORD)
    expect([refused.status, sentenceOf(refused)]).toEqual([
      403,
      'This account asks for a passkey after the password; here, use a token of yours in place of the password',
    ])
    expect((await form(user, 'wrong')).status).toBe(401)
    expect(await found()).toEqual([])
    expect((await form('x-oauth-basic', await postern.token(user))).status).toBe(200)
  })

  it('is sent to a browser when its password was for the first sign-in', async () => {
    const { prisma } = postern.context.postgres
    await prisma.account.update({ where: { username: user }, data: { mustChangePassword: true } })
    const refused = await form(user, PASSWORD)
    expect([refused.status, sentenceOf(refused)]).toEqual([
      403,
      'This password was for the first sign-in; sign in with a browser first, and choose another',
    ])
    expect(await found()).toEqual([])
  })
})

describe('guesses at a password', () => {
  it('count with those on the sign-in page, and a right one is refused among them', async () => {
    const plain = await startPostern({ settings: { voLogin: { bearer: true } } })
    await plain.account(user)
    const attempt = (password: string) =>
      request(plain.server).post(LOGIN).type('form').send({ username: user, password })
    for (let guess = 0; guess < 5; guess++) expect((await attempt('wrong')).status).toBe(401)
    const slowed = await attempt(PASSWORD)
    expect([slowed.status, slowed.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)])
    expect(await listTokens(plain.context, user)).toEqual([])
    const agent = request.agent(plain.server)
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec((await agent.get('/login')).text) ?? []
    const fields = { csrf, username: user, password: PASSWORD, rd: '' }
    expect((await agent.post('/login').type('form').send(fields)).status).toBe(429)
    await plain.stop()
  })

  it('are in the audit trail, without what was typed as a name by mistake', async () => {
    await form('my secret password', 'x')
    expect(postern.logged()).toContain('(no user name)')
    expect(postern.logged()).not.toContain('my secret password')
  })
})

describe('the challenges of a check', () => {
  const OURS = 'Bearer realm="data.example.org", Basic realm="data.example.org"'
  const OFFERED = `ivoa_cookie ${FORM}, ivoa_bearer ${FORM}, discovery_url="${DISCOVERY}"`

  it('offer the login after Bearer and Basic, in one line, where both are offered', async () => {
    expect((await check({})).headers['www-authenticate']).toBe(`${OURS}, ${OFFERED}`)
    expect((await check({}, 'auth_type=both&optional=true')).headers['www-authenticate']).toBe(`${OURS}, ${OFFERED}`)
  })

  it.each([
    ['auth_type=bearer', 'Bearer realm="data.example.org"'],
    ['auth_type=basic', 'Basic realm="data.example.org"'],
    ['notebook=true', 'Bearer realm="data.example.org"'],
  ])('stay as they are at %s', async (query, expected) => {
    expect((await check({}, query)).headers['www-authenticate']).toBe(expected)
  })
})

describe('a site', () => {
  const start = (voLogin: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    startPostern({ baseUrl: 'https://data.example.org', settings: { voLogin, ...more } })

  it('has no login, no challenge and no cookie of it unless it says so', async () => {
    const other = await start({})
    const token = await other.token('ada')
    const answer = await request(other.server).post(LOGIN).type('form').send({ username: 'x', password: token })
    expect([answer.status, cookieOf(answer)]).toEqual([404, ''])
    const asked = await request(other.server)
      .get('/ingress/auth?auth_type=both')
      .set({ ...ASKED, Cookie: `__Host-postern-vo=${token}` })
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, expect.not.stringContaining('ivoa')])
    await other.stop()
  })

  it('that offers the cookie alone sends no token in a header, and binds it to no network', async () => {
    const other = await start({ cookie: true })
    const token = await other.token('ada')
    const answer = await request(other.server).post(LOGIN).type('form').send({ username: 'x', password: token })
    expect([answer.status, tokenOf(answer)]).toEqual([200, ''])
    const [cookie = ''] = cookieOf(answer).split(';')
    const roamed = await request(other.server)
      .get('/ingress/auth?scope=read:tap&auth_type=both')
      .set({ ...ASKED, Cookie: cookie, 'X-Forwarded-For': ELSEWHERE })
    expect(roamed.status).toBe(200)
    await other.stop()
  })

  it('below a path names its login there, and gives a cookie to the services beside it', async () => {
    const below = await startPostern({
      baseUrl: 'https://data.example.org/postern',
      settings: { voLogin: { cookie: true } },
    })
    const asked = await request(below.server).get('/ingress/auth?auth_type=both').set(ASKED)
    expect(asked.headers['www-authenticate']).toContain('access_url="https://data.example.org/postern/auth/vo/login"')
    const given = { username: 'x', password: await below.token('ada') }
    const answer = await request(below.server).post(`/postern${LOGIN}`).type('form').send(given)
    expect([answer.status, cookieOf(answer)]).toEqual([200, expect.stringMatching(/^__Host-postern-vo=.* Path=\/;/)])
    await below.stop()
  })

  it('that shares its session with the hosts below shares this cookie with them, too', async () => {
    const other = await start({ cookie: true }, { allowSubdomains: true })
    const token = await other.token('ada')
    const answer = await request(other.server).post(LOGIN).type('form').send({ username: 'x', password: token })
    expect(cookieOf(answer)).toMatch(/^__Secure-postern-vo=.*; Domain=data\.example\.org; Path=\/; /)
    await other.stop()
  })

  it('without local accounts takes tokens alone, and says so', async () => {
    const oidc = { issuer: 'https://idp.example.org', clientId: 'x', clientSecret: 'y' }
    const other = await start({ bearer: true }, { oidc, localAccounts: false })
    await other.account('ada')
    const answer = await request(other.server).post(LOGIN).type('form').send({ username: 'ada', password: PASSWORD })
    expect([answer.status, sentenceOf(answer)]).toEqual([
      401,
      'This login takes access tokens in place of the password, and no other password',
    ])
    await other.stop()
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request, { type Response } from 'supertest'
import { Secret } from '../../../server/core/token/secret.js'
import { formatToken, mintToken } from '../../../server/core/token/token.js'
import { changePassword } from '../../../server/login/change-password.js'
import { issueToken } from '../../../server/openid/issue-token.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { listTokens } from '../../../server/tokens/list.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

const LOGIN = '/auth/vo/login'
const DISCOVERY = 'https://data.example.org/.well-known/openid-configuration'
const HOME = '192.0.2.7'
const ELSEWHERE = '198.51.100.9'
const HOUR = 3600

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
const basic = (method: 'get' | 'post', username: string, password: string) =>
  request(postern.server)[method](LOGIN).set('X-Forwarded-For', HOME).auth(username, password)
const tokenOf = ({ headers }: Response): string => headers['x-vo-bearer'] ?? ''
const cookieOf = ({ headers }: Response): string =>
  (headers['set-cookie'] as unknown as string[] | undefined)?.[0] ?? ''
const sentenceOf = ({ body }: Response): string => body.detail[0].msg

const check = (headers: Record<string, string>, query = 'scope=read:tap&auth_type=both') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, 'X-Forwarded-For': HOME, ...headers })
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const found = () => listTokens(postern.context, user)

describe('a VO login', () => {
  it.each([
    ['a form with a password', () => form(user, PASSWORD)],
    ['a form with a token as the password', async () => form('x-oauth-basic', await postern.token(user))],
    ['a form with a token as the user name', async () => form(await postern.token(user), 'x-oauth-basic')],
    ['Basic with a password', () => basic('post', user, PASSWORD)],
    ['Basic by GET, as STILTS sends it', async () => basic('get', 'x-oauth-basic', await postern.token(user))],
  ])('takes %s, and answers with one token in a header and a cookie', async (_what, logIn) => {
    const answer = await logIn()
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'x-vo-authenticated': user, 'cache-control': 'no-store' })
    const token = tokenOf(answer)
    expect(token).toMatch(/^gt-/)
    expect(cookieOf(answer)).toMatch(
      new RegExp(`^__Host-postern-vo=${token}; Max-Age=\\d+; Path=/; .*HttpOnly; Secure; SameSite=Strict$`),
    )
    expect(answer.text).toBe(`Logged in as ${user}.\n`)
    expect((await check(bearer(token))).headers['x-auth-request-user']).toBe(user)
  })

  it.each([
    ['a wrong password', () => form(user, 'wrong'), 'The user name or the password is not right'],
    ['an unknown user', () => form('nobody-here', PASSWORD), 'The user name or the password is not right'],
    ['a token of none', () => form('x-oauth-basic', `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`), 'Token is not valid'],
    ['half a token', () => form('x-oauth-basic', 'gt-abc'), 'Token is malformed: 42 of its 48 characters are missing'],
    ['no password', () => request(postern.server).post(LOGIN), 'Authentication required'],
  ])('refuses %s by a challenge and a sentence, and gives no token', async (_what, logIn, sentence) => {
    const answer = await logIn()
    expect([answer.status, sentenceOf(answer)]).toEqual([401, sentence])
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Basic realm="data.example.org"' })
    expect([tokenOf(answer), cookieOf(answer)]).toEqual(['', ''])
    expect(await found()).toEqual([])
  })

  it('refuses a token that may not be used from the client’s network', async () => {
    const maker = await postern.token(user, { scopes: ['read:tap', 'user:token'] })
    const { body } = await request(postern.server)
      .post(`/auth/api/v1/users/${user}/tokens`)
      .set(bearer(maker))
      .send({ token_name: 'bound', scopes: ['read:tap'], networks: [`${ELSEWHERE}/32`] })
    const refused = await form('x-oauth-basic', body.token)
    expect([refused.status, sentenceOf(refused)]).toEqual([403, 'Token may not be used from this address'])
    expect((await found()).map(({ type }) => type)).toEqual(['user', 'user'])
    const there = tokenOf(await form('x-oauth-basic', body.token, ELSEWHERE))
    expect((await check({ ...bearer(there), 'X-Forwarded-For': ELSEWHERE })).status).toBe(200)
    expect((await check({ ...bearer(there), 'X-Forwarded-For': '198.51.100.10' })).status).toBe(403)
  })

  it('refuses the token of a client of OpenID Connect, which opens the claims of its scopes alone', async () => {
    const { context } = postern
    await postern.session(user)
    const [session] = await listSessions(context, user, postern.now())
    const token = mintToken('redis', context.random, context.keys.tokenKeys[0])
    const wanted = { session: session?.key, username: user, clientId: 'grafana', seconds: 600 }
    await issueToken(context, token, wanted, { username: user })
    expect((await form('x-oauth-basic', formatToken(token))).status).toBe(401)
    expect((await found()).map(({ type }) => type).sort()).toEqual(['oidc', 'session'])
  })

  it('takes a password with spaces around it, and a colon in it', async () => {
    const password = ' colon: and spaces around '
    await changePassword(postern.context, user, { password: new Secret(password) }, { username: user })
    expect((await form(user, password)).status).toBe(200)
    expect((await basic('get', user, password)).status).toBe(200)
  })
})

describe('what a VO login answers with', () => {
  it('opens no page, makes no token and is no session, whatever cookie it is put into', async () => {
    const token = tokenOf(await form(user, PASSWORD))
    for (const name of ['__Host-postern', '__Host-postern-vo']) {
      const page = await request(postern.server).get('/auth/tokens').set('Cookie', `${name}=${token}`)
      expect([page.status, page.headers.location]).toEqual([303, expect.stringContaining('/login')])
    }
    const made = await request(postern.server)
      .post(`/auth/api/v1/users/${user}/tokens`)
      .set(bearer(token))
      .send({ token_name: 'more', scopes: ['read:tap'] })
    expect(made.status).toBe(403)
    expect((await found()).map(({ type }) => type).sort()).toEqual(['internal', 'session'])
  })

  it('has neither the scopes of administrators nor the one that manages tokens', async () => {
    user = `administrator-${nextUser}`
    await postern.account(user, ['users', 'admins'])
    const token = tokenOf(await form(user, PASSWORD))
    const { body } = await request(postern.server).get('/auth/api/v1/token-info').set(bearer(token))
    expect(body).toMatchObject({ token_type: 'internal', service: 'vo-login', scopes: ['read:tap'] })
  })

  it('ends after its lifetime, and never after the token that it came from', async () => {
    const [long] = [tokenOf(await form('x-oauth-basic', await postern.token(user)))]
    const soon = postern.now() + HOUR
    const short = tokenOf(await form('x-oauth-basic', await postern.token(user, { expires: soon })))
    const ends = async (token: string) =>
      (await request(postern.server).get('/auth/api/v1/token-info').set(bearer(token))).body.expires
    expect(await ends(short)).toBe(soon)
    expect(await ends(long)).toBeGreaterThanOrEqual(postern.now() + 2 * HOUR - 60)
    expect(await ends(long)).toBeLessThanOrEqual(postern.now() + 4 * HOUR)
  })

  it('ends with the token that it came from, at once', async () => {
    const parent = await postern.token(user)
    const token = tokenOf(await form('x-oauth-basic', parent))
    expect((await check(bearer(token))).status).toBe(200)
    await postern.revoke(parent)
    expect((await check(bearer(token))).status).toBe(401)
  })

  it('is a child of a session after a password, which lasts no longer and ends it, too', async () => {
    const token = tokenOf(await form(user, PASSWORD))
    const [session, ...others] = await listSessions(postern.context, user, postern.now())
    expect(others).toEqual([])
    expect(session?.expires).toBeLessThanOrEqual(postern.now() + 4 * HOUR)
    expect((await check(bearer(token))).status).toBe(200)
    await request(postern.server)
      .delete(`/auth/api/v1/users/${user}/tokens/${session?.key}`)
      .set(bearer(await postern.token(user, { scopes: ['user:token'] })))
    expect((await check(bearer(token))).status).toBe(401)
  })

  it('is the same after a second login with the same token: a script in a loop leaves one', async () => {
    const parent = await postern.token(user)
    const [one, two] = [await form('x-oauth-basic', parent), await form('x-oauth-basic', parent)]
    expect(tokenOf(two)).toBe(tokenOf(one))
    expect((await found()).map(({ type }) => type).sort()).toEqual(['internal', 'user'])
  })

  it('is refused to a service elsewhere that made a client hand it over', async () => {
    const token = tokenOf(await form(user, PASSWORD))
    const stolen = await check({ ...bearer(token), 'X-Forwarded-For': ELSEWHERE })
    expect(stolen.status).toBe(403)
    expect(stolen.headers['x-auth-request-user']).toBeUndefined()
    expect((await check({ ...bearer(token), 'X-Forwarded-For': '192.0.2.200' })).status).toBe(200)
  })
})

describe('the cookie of a VO login', () => {
  const inCookie = (token: string) => ({ Cookie: `__Host-postern-vo=${token}` })

  it('is read where the login is offered, and goes to no service', async () => {
    const token = tokenOf(await form(user, PASSWORD))
    const admitted = await check({ Cookie: `a=b; __Host-postern-vo=${token}` })
    expect(admitted.headers).toMatchObject({ 'x-auth-request-user': user, cookie: 'a=b' })
  })

  it.each([
    'scope=read:tap&auth_type=bearer',
    'scope=read:tap&auth_type=basic',
    'scope=read:tap&auth_type=both&allow_cookies=false',
  ])('counts nowhere else (%s)', async (query) => {
    const token = tokenOf(await form(user, PASSWORD))
    expect((await check(inCookie(token), query)).status).toBe(401)
    expect((await check(bearer(token), query)).status).toBe(200)
    expect((await check(inCookie(token), query)).status).toBe(401)
  })

  it('shadows neither a session nor a token that is sent by itself', async () => {
    const planted = tokenOf(await form(user, PASSWORD))
    await postern.account('victim')
    const session = `__Host-postern=${await postern.session('victim')}`
    const both = await check({ Cookie: `__Host-postern-vo=${planted}; ${session}` })
    expect(both.headers['x-auth-request-user']).toBe('victim')
    const header = await check({ ...inCookie(planted), ...bearer(await postern.token('victim')) })
    expect(header.headers['x-auth-request-user']).toBe('victim')
  })
})

describe('a browser', () => {
  it.each([
    ['a page of another site', { Origin: 'https://evil.example' }],
    ['a page of another site, by its link', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
    ['an old browser, from a page of another site', { Referer: 'https://evil.example/' }],
    ['a page of our own', { Origin: 'https://data.example.org', 'Sec-Fetch-Site': 'same-origin' }],
  ])('is not logged in by %s', async (_what, headers) => {
    const answer = await form('x-oauth-basic', await postern.token(user)).set(headers as Record<string, string>)
    expect(answer.status).toBe(403)
    expect([tokenOf(answer), cookieOf(answer)]).toEqual(['', ''])
    expect((await found()).map(({ type }) => type)).toEqual(['user'])
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { formatToken, homeOf, mintToken, parseToken, type Token } from '../../server/core/token/token.js'
import { assertRefused } from '../support/assert-refused.js'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

byEachParser((checkParser) => {
  const REALM = 'Bearer realm="data.example.org"'
  const BAD = `${REALM}, error="invalid_token", error_description="Token is not valid"`

  let postern: RunningPostern
  let token: string
  let session: string

  beforeAll(async () => {
    postern = await startPostern({ baseUrl: 'https://data.example.org:8443', settings: { checkParser } })
    token = await postern.token('ada', { scopes: ['read:tap', 'read:image'] })
    session = await postern.session('ada')
  })
  afterAll(() => postern.stop())

  const ask = (query = '', headers: Record<string, string> = {}) =>
    kept(postern.server)
      .get(`/ingress/auth${query}`)
      .set({ ...ASKED, ...headers })
  const bearer = (text: string) => ({ Authorization: `Bearer ${text}` })
  const basic = (user: string, password: string) => ({
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  })
  const cookie = (text: string) => ({ Cookie: `__Host-postern=${text}` })

  describe('a proxy that names the site with another scheme', () => {
    it('is in the log, once an hour, with both addresses; other hosts are services of their own', async () => {
      const lines = () =>
        postern
          .logged()
          .split('\n')
          .filter((line) => line.includes('Proxy names another address than the base URL'))
      const check = (address: string, service = 'tap') =>
        ask(`?scope=read:tap&service=${service}`, { ...bearer(token), 'X-Original-URL': address })
      for (const right of [
        'https://data.example.org:8443/tap',
        'https://data.example.org/',
        'http://nb.example.org/',
        '/x',
      ])
        await check(right)
      expect(lines()).toEqual([])
      for (const service of ['images', 'portal'])
        expect((await check('http://data.example.org/tap', service)).status).toBe(200)
      expect(lines().map((line) => JSON.parse(line))).toMatchObject([
        { asked: 'http://data.example.org', baseUrl: 'https://data.example.org:8443' },
      ])
    })
  })

  describe('the check lets pass', () => {
    it.each([
      ['a Bearer token', () => bearer(token)],
      ['a token after the word token', () => ({ Authorization: `token ${token}` })],
      ['Basic with the token as password', () => basic('x-oauth-basic', token)],
      ['Basic with the token as user', () => basic(token, 'x-oauth-basic')],
      ['the session cookie', () => cookie(session)],
      [
        'a living header beside a dead cookie',
        () => ({
          ...cookie(formatToken(mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0]))),
          ...bearer(token),
        }),
      ],
    ])('%s, saying who it is in headers over an empty body', async (_what, headers) => {
      const response = await ask('?scope=read:tap', headers())
      expect(response.status).toBe(200)
      expect(response.headers).toMatchObject({
        'x-auth-request-user': 'ada',
        'x-auth-request-email': 'ada@example.org',
        'content-length': '0',
      })
      expect(response.headers['www-authenticate']).toBeUndefined()
      expect(response.headers['set-cookie']).toBeUndefined()
      expect(response.text).toBe('')
    })

    it.each([
      ['?scope=read:tap&scope=read:image', 200],
      ['?scope=read:tap&scope=exec:portal', 403],
      ['?scope=read:tap&scope=exec:portal&satisfy=any', 200],
      ['?scope=exec:portal&scope=exec:notebook&satisfy=any', 403],
      ['?scope=read:tap,read:image', 403],
      ['', 200],
      ['?service=tap&unknown=parameter', 200],
    ])('what the requirement %j asks for: %i', async (query, status) => {
      expect((await ask(query, bearer(token))).status).toBe(status)
    })
  })

  describe('the check refuses', () => {
    it('a request without credentials, with a plain challenge', async () => {
      assertRefused(await ask('?scope=read:tap'), { status: 401, code: 'no_authorization', challenge: REALM })
    })

    it('a script in a page with 403 instead, so that it does not start signing in', async () => {
      const response = await ask('', { 'X-Requested-With': 'xmlhttprequest' })
      assertRefused(response, { status: 403, code: 'no_authorization', challenge: REALM })
    })

    it.each([
      ['basic', 'Basic realm="data.example.org"'],
      ['both', `${REALM}, Basic realm="data.example.org"`],
    ])('with the challenge that auth_type=%s asks for, in one line', async (type, challenge) => {
      const response = await ask(`?auth_type=${type}`)
      assertRefused(response, { status: 401, code: 'no_authorization', challenge })
      expect(response.headers['www-authenticate']).not.toBeInstanceOf(Array)
    })

    it('a password that is no token as if there were none: it may be for the service behind', async () => {
      assertRefused(await ask('', basic('ada', 'secret')), { status: 401, code: 'no_authorization', challenge: REALM })
    })

    it.each([
      [
        'never minted, for Postgres',
        () => formatToken(mintToken('postgres', randomBytes, postern.context.keys.tokenKeys[0])),
      ],
      [
        'never minted, for Redis',
        () => formatToken(mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0])),
      ],
      ['with the key of one and the secret of another', () => `${token.slice(0, 25)}.${session.slice(26)}`],
      [
        'with its secret cut by one character and filled up',
        () => `${token.slice(0, -1)}${token.endsWith('A') ? 'Q' : 'A'}`,
      ],
    ])('a token %s', async (_what, make) => {
      assertRefused(await ask('', bearer(make())), { status: 401, code: 'invalid_token', challenge: BAD })
    })

    it('a token whose key was rewritten to the other store’s form', async () => {
      const { key, secret } = parseToken(session) as Token
      const moved = `${key.slice(0, -1)}${({ B: 'A', R: 'Q', h: 'g', x: 'w' } as Record<string, string>)[key.slice(-1)]}`
      expect(homeOf(moved as never)).toBe('postgres')
      const response = await ask('', bearer(`gt-${moved}.${secret.reveal()}`))
      assertRefused(response, { status: 401, code: 'invalid_token', challenge: BAD })
    })

    it('what is no token with the reason', async () => {
      const challenge = `${REALM}, error="invalid_token", error_description="Token is malformed: 42 of its 48 characters are missing"`
      assertRefused(await ask('', bearer('gt-bad')), { status: 401, code: 'invalid_token', challenge })
    })

    it('a malformed header as 403 with the true status beside it, because nginx passes no 400', async () => {
      const challenge = `${REALM}, error="invalid_request", error_description="Unknown Authorization type Digest"`
      const response = await ask('', { Authorization: 'Digest x' })
      assertRefused(response, { status: 403, code: 'invalid_request', challenge, trueStatus: 400 })
    })

    it('a token without the scope, naming what is asked for', async () => {
      const challenge = `${REALM}, error="insufficient_scope", error_description="Token missing required scope", scope="exec:portal read:tap"`
      const response = await ask('?scope=read:tap&scope=exec:portal', bearer(token))
      assertRefused(response, { status: 403, code: 'insufficient_scope', challenge })
    })

    it('a dead cookie as no credential, so that a browser can sign in again', async () => {
      const response = await ask(
        '',
        cookie(formatToken(mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0]))),
      )
      assertRefused(response, { status: 401, code: 'no_authorization', challenge: REALM })
    })

    it('a revoked token from the next request on', async () => {
      const doomed = await postern.token('ada')
      expect((await ask('', bearer(doomed))).status).toBe(200)
      await postern.revoke(doomed)
      assertRefused(await ask('', bearer(doomed)), { status: 401, code: 'invalid_token', challenge: BAD })
    })

    it('an expired token from its very second on, before anything has swept it away', async () => {
      const brief = await postern.token('ada', { expires: postern.now() + 3600 })
      expect((await ask('', bearer(brief))).status).toBe(200)
      postern.advance(3600)
      assertRefused(await ask('', bearer(brief)), { status: 401, code: 'invalid_token', challenge: BAD })
      postern.advance(-3600)
    })

    it.each([
      ['satisfy=most', 'satisfy', "Input should be 'all' or 'any'"],
      ['auth_type=digest', 'auth_type', "Input should be 'bearer', 'basic' or 'both'"],
    ])('a location that is configured wrongly (%s), naming the parameter', async (query, parameter, msg) => {
      const response = await ask(`?${query}`, bearer(token))
      expect(response.status).toBe(422)
      expect(response.body.detail).toEqual([expect.objectContaining({ loc: ['query', parameter], msg })])
      expect(response.headers['x-auth-request-user']).toBeUndefined()
    })

    it('a browser with the address of the sign-in page, and the way back in it', async () => {
      const back = 'https://data.example.org/portal/?a=1&b=2'
      const response = await ask('?login_redirect=true', { 'X-Original-URL': back })
      expect(response.headers.location).toBe(`https://data.example.org:8443/login?rd=${encodeURIComponent(back)}`)
      expect((await ask('?login_redirect=true&scope=exec:portal', bearer(token))).headers.location).toBeUndefined()
      expect((await ask('', { 'X-Original-URL': back })).headers.location).toBeUndefined()
      const long = await ask('?login_redirect=true', { 'X-Original-URL': `${back}&q=${'x'.repeat(4000)}` })
      expect(long.headers.location).toBe('https://data.example.org:8443/login')
    })

    it('any method but GET', async () => {
      const response = await request(postern.server).post('/ingress/auth').set(bearer(token))
      expect(response.status).toBe(405)
      expect(response.headers.allow).toBe('GET')
    })
  })

  describe('what goes on to the service', () => {
    it.each([
      ['nothing of ours', () => ({ ...bearer(token), Cookie: `__Host-postern=${session}` }), undefined, undefined],
      ['the cookies of others', () => ({ Cookie: `a=1; __Host-postern=${session}; b=2` }), undefined, ['a=1; b=2']],
      [
        'a password for the service itself',
        () => ({ ...cookie(session), ...basic('ada', 'pw') }),
        basic('ada', 'pw').Authorization,
        undefined,
      ],
      [
        'no malformed header with a token in it',
        () => ({ ...cookie(session), Authorization: token }),
        undefined,
        undefined,
      ],
    ])('is %s', async (_what, headers, authorization, cookies) => {
      const response = await ask('', headers() as Record<string, string>)
      expect(response.status).toBe(200)
      expect(response.headers.authorization).toBe(authorization)
      expect(response.headers.cookie).toEqual(cookies?.[0])
    })
  })

  it('a log never quotes what a client put where a scheme should be', async () => {
    const secret = (parseToken(token) as Token).secret.reveal()
    for (const header of [`${token} x`, `Token=${token}, x`, `${Buffer.from(`ada:${token}`).toString('base64')} x`]) {
      const response = await ask('', { Authorization: header })
      expect(String(response.headers['www-authenticate'])).not.toContain(secret)
    }
    expect(postern.logged()).not.toContain(secret)
  })

  it('a log of refusals names keys and users, and holds no secret and no query string', async () => {
    await ask('?scope=exec:portal', {
      ...bearer(token),
      'X-Original-URL': 'https://data.example.org/tap?password=hunter2',
    })
    const log = postern.logged()
    expect(log).toContain((parseToken(token) as Token).key)
    expect(log).toContain('insufficient_scope')
    expect(log).not.toContain((parseToken(token) as Token).secret.reveal())
    expect(log).not.toContain('hunter2')
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

byEachParser((checkParser) => {
  let postern: RunningPostern
  let token: string

  beforeAll(async () => {
    postern = await startPostern({
      baseUrl: 'https://data.example.org',
      settings: { checkParser, allowSubdomains: true, tokenCookies: ['mast_token'] },
    })
    token = await postern.token('ada')
  })
  afterAll(() => postern.stop())

  type Headers = Record<string, string>
  const bearer = () => ({ Authorization: `Bearer ${token}` })
  const ask = (query: string, headers: Headers = {}) =>
    kept(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, ...headers })
  /** What the check says of itself, with only the headers that are given. */
  const bare = (path: string, headers: Headers = {}) => kept(postern.server).get(path).set(headers)

  describe('mistakes in a location’s configuration', () => {
    it.each([
      ['a bad auth_type, before authentication', 'auth_type=x', ASKED, 422, ['query', 'auth_type']],
      ['notebook and delegate_to', 'notebook=true&delegate_to=tap', ASKED, 422, ['query', 'delegate_to']],
      ['service other than delegate_to', 'service=a&delegate_to=b', ASKED, 422, ['query', 'delegate_to']],
      [
        'no X-Original-Method',
        '',
        { 'X-Original-URL': 'https://data.example.org/' },
        422,
        ['header', 'x-original-method'],
      ],
    ] as const)('%s', async (_what, query, headers, status, loc) => {
      const response = await bare(`/ingress/auth?${query}`, headers)
      expect(response.status).toBe(status)
      expect(response.body.detail[0].loc).toEqual(loc)
    })

    it.each([
      ['a bad satisfy', 'satisfy=x', ASKED, ['query', 'satisfy']],
      ['a lifetime under five minutes', 'minimum_lifetime=60', ASKED, ['query', 'minimum_lifetime']],
      ['a lifetime beyond the longest', 'minimum_lifetime=99999999', ASKED, ['query', 'minimum_lifetime']],
      ['no X-Original-URL', '', { 'X-Original-Method': 'GET' }, ['header', 'x-original-url']],
      ['an unknown delegated scope', 'delegate_to=x&delegate_scope=y', ASKED, ['query', 'delegate_scope']],
    ] as const)(
      '%s is an error for a client with a token only; the others are challenged',
      async (_what, query, headers, loc) => {
        expect((await bare(`/ingress/auth?${query}`, headers)).status).toBe(401)
        const response = await bare(`/ingress/auth?${query}`, { ...headers, ...bearer() })
        expect(response.status).toBe(422)
        expect(response.body.detail[0].loc).toEqual(loc)
        expect(response.headers['x-auth-request-user']).toBeUndefined()
      },
    )
  })

  describe('who may pass', () => {
    it.each([
      ['username=ada', {}, 200],
      ['username=grace', {}, 403],
      ['user_domain=true', { 'X-Original-URL': 'https://ada.data.example.org/x' }, 200],
      ['user_domain=true', { 'X-Original-URL': 'https://ada.nb.data.example.org:8443/x' }, 200],
      ['user_domain=true', { 'X-Original-URL': 'https://grace.data.example.org/x' }, 403],
      ['user_domain=true', { 'X-Original-URL': 'https://ada.evil.org/x' }, 403],
      ['user_domain=true', { 'X-Original-URL': 'https://data.example.org/x' }, 403],
      ['user_domain=true', { 'X-Original-URL': 'no address' }, 403],
      ['allow_cookies=false', {}, 200],
    ])('%s for %j: %i', async (query, headers, status) => {
      expect((await ask(query, { ...headers, ...bearer() } as Headers)).status).toBe(status)
    })

    it('is not told by a cookie where cookies are not allowed', async () => {
      const session = await postern.session('ada')
      expect((await ask('', { Cookie: `postern=${session}` })).status).toBe(200)
      expect((await ask('allow_cookies=false', { Cookie: `postern=${session}` })).status).toBe(401)
      expect((await ask('allow_cookies=false', { Cookie: `mast_token=${token}` })).status).toBe(401)
    })
  })

  describe('named token cookies', () => {
    it('carry a token where the location asks for them, and do not reach the service', async () => {
      const response = await ask('scope=read:tap&cookie=mast_token', { Cookie: `a=1; mast_token=${token}; b=2` })
      expect(response.status).toBe(200)
      expect(response.headers.cookie).toEqual(['a=1; b=2'].join())
    })

    // A host beside the site can plant one, with its own token in it.
    it.each(['', 'cookie=other', 'cookie=', 'cookie=mast_token&allow_cookies=false'])(
      'carry none anywhere else (%j), and do not reach the service either',
      async (query) => {
        const planted = { Cookie: `a=1; mast_token=${await postern.token('grace')}` }
        const refused = await ask(query, planted)
        expect([refused.status, refused.headers['x-auth-request-user']]).toEqual([401, undefined])
        const own = await ask(query, { ...planted, ...bearer() })
        expect([own.headers['x-auth-request-user'], own.headers.cookie]).toEqual(['ada', 'a=1'])
      },
    )

    it('carry none that the site does not configure, though the location asks for it', async () => {
      expect((await ask('cookie=stray', { Cookie: `stray=${token}` })).status).toBe(401)
    })

    it('count after the header, and dead ones not at all', async () => {
      const other = await postern.token('grace')
      const response = await ask('cookie=mast_token', { ...bearer(), Cookie: `mast_token=${other}` })
      expect(response.headers['x-auth-request-user']).toBe('ada')
      expect((await ask('cookie=mast_token', { Cookie: 'mast_token=stale' })).headers['x-error-status']).toBeUndefined()
    })
  })

  describe('what goes on', () => {
    it('has no session in it, even where a proxy has joined it to another cookie with a comma', async () => {
      const response = await ask('', { ...bearer(), Cookie: `theme=dark; a=1,postern=${token}; mast_token=stale` })
      expect(response.headers.cookie).toBe('theme=dark')
    })
  })

  describe('two cookies of one name', () => {
    it('are both looked at: a dead one does not shut out the owner of a living one', async () => {
      const [dead, live] = [await postern.session('ada'), await postern.session('ada')]
      await postern.revoke(dead)
      for (const pair of [
        [dead, live],
        [live, dead],
      ]) {
        const response = await ask('', { Cookie: pair.map((each) => `postern=${each}`).join('; ') })
        expect(response.headers['x-auth-request-user']).toBe('ada')
      }
    })

    it('and a dead session beside a living named cookie do not hide it', async () => {
      const dead = `${token.slice(0, 26)}${'A'.repeat(22)}`
      const response = await ask('cookie=mast_token', { Cookie: `postern=${dead}; mast_token=${token}` })
      expect(response.headers['x-auth-request-user']).toBe('ada')
    })
  })

  describe('OPTIONS', () => {
    const preflight = {
      'X-Original-Method': 'OPTIONS',
      Origin: 'https://data.example.org',
      'Access-Control-Request-Method': 'POST',
    }

    it('as a preflight from the site itself pass without a token, with what is left of the credentials', async () => {
      const response = await ask('scope=read:tap', { ...preflight, Cookie: 'a=1', ...bearer() })
      expect(response.status).toBe(200)
      expect(response.headers.cookie).toBe('a=1')
      expect(response.headers.authorization).toBeUndefined()
      expect(response.headers['x-auth-request-user']).toBeUndefined()
      expect(response.headers['www-authenticate']).toBeUndefined()
    })

    it.each([
      [
        'a preflight from elsewhere',
        { ...preflight, Origin: 'https://evil.example' },
        'cors_preflight_rejected',
        '403',
      ],
      [
        'half a preflight',
        { 'X-Original-Method': 'OPTIONS', Origin: 'https://data.example.org' },
        'options_not_supported',
        '404',
      ],
      ['no preflight', { 'X-Original-Method': 'OPTIONS' }, 'options_not_supported', '404'],
    ])('as %s are refused without a challenge', async (_what, headers, code, status) => {
      const response = await ask('', headers as unknown as Headers)
      expect(response.status).toBe(403)
      expect(response.headers['x-error-status']).toBe(status)
      expect(JSON.parse(String(response.headers['x-error-body'])).detail[0].type).toBe(code)
      expect(response.headers['www-authenticate']).toBeUndefined()
    })

    it('pass where the location lets them, and carry nothing on', async () => {
      const response = await ask('allow_options=true', { 'X-Original-Method': 'OPTIONS', Cookie: 'a=1' })
      expect(response.status).toBe(200)
      expect(response.headers.cookie).toBeUndefined()
    })

    it('written in any other case are no OPTIONS', async () => {
      expect((await ask('allow_options=true', { 'X-Original-Method': 'options' })).status).toBe(401)
    })
  })

  describe('/ingress/anonymous', () => {
    it('lets every request pass, without authentication, and keeps tokens from the service', async () => {
      const headers = { ...bearer(), Cookie: `postern=${token}; a=1; mast_token=${token}` }
      const response = await bare('/ingress/anonymous', headers)
      expect(response.status).toBe(200)
      expect(response.headers.cookie).toBe('a=1')
      expect(response.headers.authorization).toBeUndefined()
      expect(response.headers['x-auth-request-user']).toBeUndefined()
      expect(response.headers['x-auth-request-anonymous']).toBe('true')
      const basic = { Authorization: `Basic ${Buffer.from('ada:password').toString('base64')}` }
      expect((await bare('/ingress/anonymous', basic)).headers.authorization).toBe(basic.Authorization)
    })
  })

  describe('optional authentication', () => {
    const anonymous = { status: 200, user: undefined, challenged: true }
    const ada = { status: 200, user: 'ada', challenged: false }
    const refused = { status: 401, user: undefined, challenged: true }

    it.each([
      ['optional=true', 'nothing', () => ({}), anonymous],
      ['optional=true', 'a good token', bearer, ada],
      ['optional=true', 'a bad token', () => ({ Authorization: 'Bearer gt-bad' }), anonymous],
      ['optional=true&scope=exec:portal', 'too small a token', bearer, anonymous],
      ['optional=strict', 'nothing', () => ({}), anonymous],
      ['optional=strict', 'a dead cookie', () => ({ Cookie: 'postern=stale' }), anonymous],
      ['optional=strict', 'a good token', bearer, ada],
      ['optional=strict', 'a bad token', () => ({ Authorization: 'Bearer gt-bad' }), refused],
      ['optional=strict&scope=exec:portal', 'too small a token', bearer, { ...refused, status: 403 }],
    ])('%s with %s', async (query, _what, headers, expected) => {
      const response = await ask(`auth_type=both&${query}`, headers() as Headers)
      expect(response.status).toBe(expected.status)
      expect(response.headers['x-auth-request-user']).toBe(expected.user)
      expect(response.headers['x-vo-authenticated']).toBe(expected.user)
      expect(response.headers['www-authenticate'] !== undefined).toBe(expected.challenged)
    })
  })

  describe('proxies that take any status', () => {
    const forward = (query: string, headers: Headers = {}) =>
      bare(`/ingress/forward?${query}`, {
        'X-Forwarded-Method': 'GET',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'data.example.org',
        'X-Forwarded-Uri': '/portal/?a=1&b=2',
        ...headers,
      })

    it('get the true one, with a body for people, and no identity header that is empty', async () => {
      const malformed = await forward('', { Authorization: 'Digest x' })
      expect([malformed.status, malformed.body.detail[0].type]).toEqual([400, 'invalid_request'])
      expect((await forward('', { 'X-Forwarded-Method': 'OPTIONS' })).status).toBe(404)
      const passed = await forward('', bearer())
      expect(passed.headers).toMatchObject({
        'x-auth-request-user': 'ada',
        'x-auth-request-email': 'ada@example.org',
      })
      for (const name of ['service', 'token', 'anonymous'])
        expect(passed.headers).not.toHaveProperty(`x-auth-request-${name}`)
    })

    it('lead clients that are refused to the explanation of the address, and of nothing in its query', async () => {
      const page = 'https://data.example.org/auth/explain?url=%2Fportal%2F'
      const title = 'What this address needs, and which of your tokens it accepts'
      for (const [query, headers, status] of [
        ['', {}, 401],
        ['scope=exec:admin', bearer(), 403],
      ] as const) {
        const refused = await forward(query, headers)
        expect([refused.status, refused.headers.link]).toEqual([status, `<${page}>; rel="help"; title="${title}"`])
        expect(refused.body).toEqual({ detail: expect.anything(), help: page })
      }
      for (const [query, headers] of [
        ['', { Authorization: 'Digest x' }],
        ['login_redirect=true', { 'Sec-Fetch-Mode': 'navigate' }],
        ['scope=exec:admin&deny_as=404', bearer()],
        ['', bearer()],
      ] as const) {
        const other = await forward(query, headers)
        expect(other.headers).not.toHaveProperty('link')
        expect(other.body).not.toHaveProperty('help')
      }
      expect((await ask('scope=exec:admin', bearer())).headers).not.toHaveProperty('link')
    })

    it('send browsers to sign in where the location says so, and programs never', async () => {
      const signIn = `https://data.example.org/login?rd=${encodeURIComponent('https://data.example.org/portal/?a=1&b=2')}`
      const page = await forward('login_redirect=true', { 'Sec-Fetch-Mode': 'navigate' })
      expect([page.status, page.headers.location]).toEqual([302, signIn.replaceAll('%20', '+')])
      for (const headers of [
        { 'Sec-Fetch-Mode': 'cors' },
        { 'X-Forwarded-Method': 'POST', 'Sec-Fetch-Mode': 'navigate' },
        { 'X-Requested-With': 'XMLHttpRequest' },
        { Upgrade: 'websocket' },
        { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' },
        { 'Sec-Fetch-Mode': 'websocket' },
      ]) {
        expect([401, 403]).toContain((await forward('login_redirect=true', headers as unknown as Headers)).status)
      }
      expect((await forward('', { 'Sec-Fetch-Mode': 'navigate' })).status).toBe(401)
    })

    it('may be Envoy, which appends the path of the request and asks with its method', async () => {
      const path = '/ingress/envoy/scope=read:tap&auth_type=both&login_redirect=true/tap/sync?QUERY=x&scope=none'
      const passed = await request(postern.server)
        .post(path)
        .set({ Host: 'data.example.org', ...bearer() })
      expect([passed.status, passed.headers['x-auth-request-user']]).toEqual([200, 'ada'])
      const refused = await request(postern.server).delete(path).set({ Host: 'data.example.org' })
      expect([refused.status, refused.headers.location]).toEqual([401, undefined])
      const page = await request(postern.server)
        .get(path)
        .set({ Host: 'data.example.org', 'Sec-Fetch-Mode': 'navigate' })
      expect([page.status, page.headers.location]).toEqual([
        302,
        `https://data.example.org/login?${new URLSearchParams({ rd: 'https://data.example.org/tap/sync?QUERY=x&scope=none' })}`,
      ])
      expect((await request(postern.server).get('/ingress/envoy/scope=read:tap')).status).toBe(404)
    })

    it('get several cookie lines as one, and of credentials that go nowhere Envoy is told', async () => {
      const cookies = ['a=1', `b=2,postern=${token}`, `postern=${token}; c=3`]
      const asked = { ...bearer(), Cookie: cookies as unknown as string }
      expect((await forward('', asked)).headers.cookie).toBe('a=1; c=3')
      const envoy = (headers: Headers) => bare('/ingress/envoy/scope=read:tap/tap/sync', headers)
      const some = await envoy(asked)
      expect(some.headers.cookie).toBe('a=1; c=3')
      const absent = 'x-auth-request-service, x-auth-request-token, x-auth-request-anonymous'
      expect(some.headers['x-envoy-auth-headers-to-remove']).toBe(`${absent}, authorization`)
      const none = await envoy({ ...bearer(), Cookie: `postern=${token}` })
      expect(none.headers['x-envoy-auth-headers-to-remove']).toBe(`${absent}, authorization, cookie`)
      expect((await forward('', bearer())).headers).not.toHaveProperty('x-envoy-auth-headers-to-remove')
    })

    it('may be NGINX Gateway Fabric, which states path and method in headers of its own', async () => {
      const gateway = (requirement: string, headers: Headers) =>
        bare(`/ingress/gateway/${requirement}`, {
          Host: 'ada.data.example.org',
          Path: '/x?y=z',
          Method: 'GET',
          ...headers,
        })
      const passed = await gateway('scope=read:tap&user_domain=true', bearer())
      expect([passed.status, passed.headers['x-auth-request-user']]).toEqual([200, 'ada'])
      const cookies = ['a=1', `postern=${token}; c=3`] as unknown as string
      expect((await gateway('', { ...bearer(), Cookie: cookies })).headers.cookie).toBe('a=1; c=3')
      const lacking = await gateway('scope=exec:admin', bearer())
      expect([lacking.status, lacking.text, lacking.headers['x-error-status']]).toEqual([403, '', '403'])
      expect((await gateway('scope=read:tap', { ...bearer(), Method: 'OPTIONS' })).status).toBe(403)
      expect((await gateway('allow_options=true', { Method: 'OPTIONS' })).status).toBe(200)
      for (const stray of ['scope=read:tap/tap', 'scope=read:tap?scope=x'])
        expect((await gateway(stray, bearer())).status).toBe(404)
    })

    it('may not leave out path or method, and one that sends them elsewhere is not believed', async () => {
      const missing = await bare('/ingress/gateway/scope=read:tap', { ...bearer(), Path: '/x' })
      expect([missing.status, missing.body.detail[0].loc]).toEqual([422, ['header', 'method']])
      const elsewhere = await ask('user_domain=true', { ...bearer(), Host: 'ada.data.example.org', Path: '/' })
      expect([elsewhere.status, elsewhere.headers['x-auth-request-user']]).toEqual([403, undefined])
    })

    it('may ask Envoy’s way to let all pass: what the client says of itself goes', async () => {
      const claims = { ...bearer(), 'X-Auth-Request-User': 'root', Cookie: `postern=${token}; a=1` }
      for (const method of ['get', 'post', 'delete'] as const) {
        const response = await request(postern.server)[method]('/ingress/anonymous/public/x?y').set(claims)
        expect([response.status, response.headers['x-auth-request-anonymous'], response.headers.cookie]).toEqual([
          200,
          'true',
          'a=1',
        ])
        const gone =
          'x-auth-request-user, x-auth-request-email, x-auth-request-service, x-auth-request-token, authorization'
        expect(response.headers['x-envoy-auth-headers-to-remove']).toBe(gone)
      }
    })

    it('are told by the path alone: no header turns one into the other', async () => {
      const forged = await ask('', { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/', Authorization: 'Digest x' })
      expect(forged.status).toBe(403)
      const other = await forward('user_domain=true', {
        ...bearer(),
        'X-Original-URL': 'https://ada.data.example.org/',
      })
      expect(other.status).toBe(403)
    })
  })
})

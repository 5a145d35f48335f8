import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { CLIENT_PATHS, plain } from './client-paths.js'
import { FORGED, LOCATIONS, POSTERNS } from './foreign-identity.js'
import { forgedRequest, nobodysRequest, OVERRIDES } from './requests.js'
import {
  asTraefikAsks,
  asTraefikReads,
  asTraefikSends,
  type ClientRequest,
  type TraefikCheck,
  traefik,
  traefikLeadsTo,
  traefikRouter,
  traefikStatic,
  traefikWithTls,
} from './traefik.js'
import { OPENINGS } from './web-socket-openings.js'

const SITE = 'http://data.example.org'

describe('Traefik’s requests, replayed as documented,', () => {
  let postern: RunningPostern
  let token: string
  let session: string

  beforeAll(async () => {
    const groupMapping = { 'exec:portal': ['users'], 'read:tap': ['users'] }
    postern = await startPostern({ baseUrl: SITE, settings: { groupMapping } })
    session = await postern.session('grace')
    token = await postern.token('ada', { scopes: ['read:tap'] })
  })
  afterAll(() => postern.stop())

  const routerOf = (asked: ClientRequest) => {
    const router = traefikRouter(asked.path.split('?')[0] ?? '')
    if (!router) throw new Error(`No router for ${asked.path}`)
    return router
  }
  const checkOf = (asked: ClientRequest): TraefikCheck => {
    const check = routerOf(asked)
      .middlewares.map((name) => traefik.middlewares[name]?.forwardAuth)
      .find((each) => each !== undefined)
    if (!check) throw new Error(`No check for ${asked.path}`)
    return check
  }
  const ask = (asked: ClientRequest) => {
    const { pathname, search } = new URL(checkOf(asked).address)
    return request(postern.server)
      .get(`${pathname}${search}`)
      .set(asTraefikAsks(asked) as Record<string, string>)
  }

  it('are told who it is, in place of whatever a client says, and lose the credentials', async () => {
    const asked = forgedRequest(token)
    const answer = await ask(asked)
    expect(answer.status).toBe(200)
    expect(asTraefikSends(asked, routerOf(asked), answer.headers)).toEqual({
      cookie: 'theme=dark',
      'x-auth-request-user': 'ada',
      'x-auth-request-email': 'ada@example.org',
    })
  })

  it('tell no service the name of the machine, which Traefik puts into X-Forwarded-Server', () => {
    for (const path of ['/tap/sync', '/tap/capabilities', '/portal/', '/auth/tokens']) {
      const asked = { method: 'GET', path, headers: { 'x-forwarded-server': ['machine-7'] } }
      expect(asTraefikSends(asked, routerOf(asked), {})).not.toHaveProperty('x-forwarded-server')
    }
  })

  it('are refused with the true status, and judged by the method that Traefik names', async () => {
    expect((await ask(nobodysRequest())).status).toBe(401)
    expect((await ask({ ...nobodysRequest(), method: 'OPTIONS' })).status).toBe(404)
    const malformed = { ...nobodysRequest(), headers: { authorization: ['Magic wand'] } }
    expect((await ask(malformed)).status).toBe(400)
    expect((await ask(forgedRequest(token, '/portal/'))).status).toBe(403)
  })

  it('that are refused lead to the explanation of their address', async () => {
    const { headers, body } = await ask(forgedRequest(token, '/portal/?a=1'))
    expect(headers.link).toContain(`<${SITE}/auth/explain?url=%2Fportal%2F>; rel="help"`)
    expect(body.help).toBe(`${SITE}/auth/explain?url=%2Fportal%2F`)
  })

  it('of browsers are sent to sign in on pages, with the way back, and nowhere else', async () => {
    const navigation = (path: string) => ({ method: 'GET', path, headers: { 'sec-fetch-mode': ['navigate'] } })
    const page = await ask(navigation('/portal/?a=1&b=2'))
    expect(page.status).toBe(302)
    expect(new URL(String(page.headers.location)).searchParams.get('rd')).toBe(
      'http://data.example.org/portal/?a=1&b=2',
    )
    expect((await ask(navigation('/tap/sync'))).status).toBe(401)
  })

  // Traefik drops Upgrade; no browser sends it without the others.
  const WEB_SOCKETS = OPENINGS.filter(([, shown]) => shown !== 'Upgrade alone')
  it.each(WEB_SOCKETS)(
    'for a WebSocket of a page of %s, shown by %s, pass: %s',
    async (_page, _shown, passes, headers) => {
      const all = { ...headers, cookie: `postern=${session}`, connection: 'Upgrade' }
      const lines = Object.entries(all).map(([name, value]) => [name, [value.replace('OURS', SITE)]] as const)
      const asked = { method: 'GET', path: '/portal/ws', headers: Object.fromEntries(lines) }
      expect((await ask(asked)).status === 200).toBe(passes)
    },
  )

  it('to what is public are not checked, and go on as nobody’s', () => {
    const asked = forgedRequest(token, '/tap/capabilities')
    const router = routerOf(asked)
    expect(router.middlewares.map((name) => traefik.middlewares[name]?.forwardAuth).filter(Boolean)).toEqual([])
    expect(asTraefikSends(asked, router, {})).toEqual({ 'x-auth-request-anonymous': 'true' })
    for (const path of ['/tap/capabilities/..;/sync', '/tap/capabilities/..\\sync', '/tap/capabilities;/sync'])
      expect(traefikRouter(path)?.middlewares).toContain('tap-check')
  })
})

describe('Behind Traefik, by its documentation,', () => {
  const PAGES = /^\/(?:auth|login|logout|\.well-known\/oauth-protected-resource)(?:[/?#]|$)/
  const sent = (path: string, headers: ClientRequest['headers']) => {
    const router = traefikRouter(path)
    if (!router) throw new Error(`No router for ${path}`)
    return asTraefikSends({ method: 'GET', path, headers }, router, {})
  }

  it.each(CLIENT_PATHS)('no client gets to %s of Postern', (target) => {
    const path = asTraefikReads(target.split(/[?#]/)[0] ?? '')
    if (path !== undefined && traefikRouter(path)?.service === 'postern') expect(plain(path)).toMatch(PAGES)
    expect(traefikRouter('/auth/tokens')?.service).toBe('postern')
  })

  it.each(['/login?rd=/auth/tokens', '/tap/sync', '/ingress/auth?scope=read:tap', '/'])(
    'another name of the site leads to %s of the site itself, whose own name leads nowhere',
    (path) => {
      for (const host of ['localhost', '192.0.2.1', 'evil.example', 'data.example.org.evil.example']) {
        expect(traefikLeadsTo(`http://${host}${path}`)).toBe(`${SITE}${path}`)
        expect(traefikRouter(path.split('?')[0] ?? '', host)?.service).toBe('noop@internal')
      }
      expect(traefikLeadsTo(`${SITE}${path}`)).toBeUndefined()
    },
  )

  it('to the documents below .well-known reach Postern, that of each protected resource among them, and to nothing else there', () => {
    const resource = '/.well-known/oauth-protected-resource'
    for (const path of ['/.well-known/openid-configuration', resource, `${resource}/tap/sync`])
      expect(traefikRouter(path)?.service).toBe('postern')
    for (const path of ['/.well-known/', '/.well-known/openid-configuration/x', `${resource}s`, `${resource}/a;b`])
      expect(traefikRouter(path)?.service).not.toBe('postern')
  })

  it('http:// leads to the same address at https:// when the lines for TLS are there, and to no router', () => {
    const { fixed, dynamic } = traefikWithTls()
    const { plain, web } = fixed.entryPoints
    expect(plain).toEqual({
      address: ':80',
      http: { redirections: { entryPoint: { to: 'web', scheme: 'https', permanent: true } } },
    })
    expect(web).toMatchObject({ address: ':443', asDefault: true, http: { tls: {}, sanitizePath: true } })
    expect(dynamic.tls.certificates).toHaveLength(1)
    expect(dynamic.http).toEqual(traefik)
    expect(traefikStatic.entryPoints).toEqual({ web: expect.objectContaining({ address: ':80' }) })
  })

  it.each(LOCATIONS)('no service reads a name that a client gave itself, at %s', (_where, path) => {
    const forged = Object.fromEntries(FORGED.map((name) => [name.toLowerCase(), ['forged']]))
    expect(JSON.stringify(sent(path, forged))).not.toContain('forged')
  })

  it('OPTIONS name no other method in a header', () => {
    expect(sent('/tap/sync', Object.fromEntries(OVERRIDES.map((name) => [name.toLowerCase(), ['POST']])))).toEqual({})
  })

  it.each(LOCATIONS)('the answer of a service registers no worker above its own path, at %s', (_where, path) => {
    const changes = traefikRouter(path)?.middlewares.map((name) => traefik.middlewares[name]?.headers)
    const removed = changes?.flatMap((each) => Object.entries(each?.customResponseHeaders ?? {}))
    expect(removed).toContainEqual(['Service-Worker-Allowed', ''])
  })
})

describe('Traefik’s configuration, as it is shipped,', () => {
  const checks = Object.values(traefik.middlewares).flatMap(({ forwardAuth }) => forwardAuth ?? [])

  it('copies every header that a check answers with, and trusts no client’s word for its own address', () => {
    expect(checks).toHaveLength(2)
    for (const check of checks) {
      expect([...check.authResponseHeaders].sort()).toEqual(['Authorization', 'Cookie', ...POSTERNS].sort())
      expect(check.trustForwardHeader).toBe(false)
      expect(new URL(check.address).pathname).toBe('/ingress/forward')
    }
    expect(traefikStatic.entryPoints.web.forwardedHeaders.insecure).toBe(false)
    expect(traefikStatic.entryPoints.web.http.aliasHeadersStrategy).toBe('delete')
  })

  it('checks whatever goes to a service, but what is public', () => {
    for (const [name, { service, middlewares }] of Object.entries(traefik.routers)) {
      const checked = middlewares.some((each) => traefik.middlewares[each]?.forwardAuth)
      const answersItself = service === 'postern' || service === 'noop@internal'
      expect([name, checked || middlewares.includes('anonymous') || answersItself]).toEqual([name, true])
    }
  })
})

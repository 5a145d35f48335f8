import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { systemClock } from '../../server/core/time.js'
import { Secret } from '../../server/core/token/secret.js'
import { askSite } from '../../server/operate/doctor/site/ask-site.js'
import { siteFindings } from '../../server/operate/doctor/site/findings.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { PASSWORD, type RunningPostern, startPostern } from '../support/postern.js'
import type { RunningProxy } from '../support/proxies/proxy.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type ProxyName, START } from '../support/site.js'

const PATH = '/postern'
const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'newCaddy', 'envoy', 'haproxy']

let port: number
let echo: Echo
let postern: RunningPostern

beforeAll(async () => {
  port = await freePort()
  echo = await startEcho()
  const groupMapping = { 'exec:portal': ['users'], 'read:tap': ['users'], 'user:token': ['users'] }
  postern = await startPostern({ baseUrl: `http://127.0.0.1:${port}${PATH}`, settings: { groupMapping } })
  await postern.account('ada')
})
afterAll(async () => {
  await postern?.stop()
  await echo?.stop()
})

/** A browser that follows no redirect, with cookies by their paths. */
function openBrowser() {
  const agent = request.agent(`http://127.0.0.1:${port}`)
  return async (path: string, form?: Record<string, string>) => {
    const asked = form ? agent.post(path).type('form').send(form) : agent.get(path)
    const { status, headers, text = '' } = await asked.set('Accept', 'text/html').redirects(0)
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(text) ?? []
    return { status, location: headers.location, type: headers['content-type'], text, csrf }
  }
}

/** What an operator may write who takes the path off. */
const STRIPPING = 'location /stripped/ { proxy_pass http://postern/; }'

async function findingsAt(url: string, token: string) {
  const wish = { url: new URL(url), token: new Secret(token), service: '/tap/headers', webSocket: '/tap/ws' }
  return siteFindings(await askSite({ ...wish, mark: 'doctor-test', clock: systemClock }))
}

describeWith(['nginx'], 'Below a path, nginx', () => {
  let proxy: RunningProxy
  beforeAll(async () => {
    const ports = { port, posternPort: postern.port, tapPort: echo.port, portalPort: echo.port }
    proxy = await START.nginx({ ...ports, path: PATH, serviceHosts: ['localhost'], services: STRIPPING })
  })
  afterAll(() => proxy?.stop())

  it('names the address of a service on another host without the path', async () => {
    const { headers } = await request(proxy.url).get('/portal/').set('Host', `localhost:${port}`)
    expect(headers.location).toBe(
      `${proxy.url}${PATH}/login?rd=${encodeURIComponent(`http://localhost:${port}/portal/`)}`,
    )
  })

  it('that takes the path off opens what is inside, and postern doctor finds it', async () => {
    const findings = await findingsAt(`${proxy.url}/stripped/`, await postern.token('ada'))
    const [checks] = findings.filter(({ about }) => about === 'Checks')
    expect(checks).toMatchObject({ isWarning: true, says: expect.stringContaining('/stripped/ingress/anonymous') })
  })
})

describe.each(PROXIES)('Below a path, %s', (name) => {
  describeWith([name], 'with its shipped files and that path in them,', () => {
    let proxy: RunningProxy
    const site = () => `${proxy.url}${PATH}`

    beforeAll(async () => {
      const ports = { port, posternPort: postern.port, tapPort: echo.port, portalPort: echo.port }
      proxy = await START[name]({ ...ports, path: PATH })
    })
    afterAll(() => proxy?.stop())

    it('leads a user from the sign-in page to a token, and a client with it to the service', async () => {
      const browse = openBrowser()
      expect((await browse(`${PATH}/`)).location).toBe(`${PATH}/auth/tokens`)
      const asked = await browse(`${PATH}/auth/tokens`)
      expect(asked.location).toBe(`${PATH}/login?rd=${encodeURIComponent(`${site()}/auth/tokens`)}`)
      const page = await browse(String(asked.location))
      const [, styles = ''] = /rel="stylesheet" href="([^"]+)"/.exec(page.text) ?? []
      expect(await browse(styles)).toMatchObject({ status: 200, type: 'text/css; charset=utf-8' })
      const form = { csrf: page.csrf, username: 'ada', password: PASSWORD, rd: '' }
      expect((await browse(`${PATH}/login`, form)).location).toBe(`${site()}/auth/tokens`)
      const { csrf } = await browse(`${PATH}/auth/tokens/new`)
      const made = await browse(`${PATH}/auth/tokens`, { csrf, name: `for-${name}`, scope: 'read:tap', expires: '30d' })
      const [token = ''] = /gt-[\w-]{22}\.[\w-]{22}/.exec(made.text) ?? []
      const before = echo.arrivals.length
      const headers = { Authorization: `Bearer ${token}` }
      expect((await fetch(`${proxy.url}/tap/sync`, { headers })).status).toBe(200)
      // The session goes to the check of each service of the host, and to none of them.
      expect((await browse('/portal/')).status).toBe(200)
      expect(
        echo.arrivals.slice(before).map(({ headers }) => [headers['x-auth-request-user'], headers.cookie]),
      ).toEqual([
        ['ada', undefined],
        ['ada', undefined],
      ])
    })

    it('leads from a page of a service to the sign-in page, and names where tokens are made', async () => {
      const { status, location } = await openBrowser()('/portal/stars?a=1')
      expect([302, 303]).toContain(status)
      expect(location).toBe(`${site()}/login?rd=${encodeURIComponent(`${proxy.url}/portal/stars?a=1`)}`)
      const refused = await fetch(`${proxy.url}/tap/sync`)
      expect(refused.status).toBe(401)
      if (name !== 'envoy') expect(await refused.text()).toContain(`${site()}/auth/tokens`)
    })

    it.each([
      ...['/auth/tokens', '/login', '/logout', '/', '/posterns/login', '/.well-known/openid-configuration'],
      ...[
        '/ingress/anonymous',
        '/health',
        '/metrics',
        '/postern/ingress/anonymous',
        '/postern/health',
        '/postern/metrics',
      ],
    ])('has nothing of Postern’s at %s', async (path) => {
      const { status, text } = await openBrowser()(path)
      // Envoy refuses what no route of its own opens.
      expect([404, 403]).toContain(status)
      expect(text).not.toMatch(/"(?:postgres|redis)"|^postern_|name="password"/m)
    })

    it('takes large bodies of programs, and of no other page', async () => {
      // Of an administrator: without a token Postern answers before it has read the body, and so does the proxy.
      const headers = { Authorization: `Bearer ${await postern.token('root', { scopes: ['admin:token'] })}` }
      const put = (path: string) =>
        fetch(`${site()}/auth/api/v1${path}`, { method: 'PUT', headers, body: 'x'.repeat(2_000_000) }).then(
          ({ status }) => status,
          () => 413,
        )
      expect(await put('/programs')).not.toBe(413)
      expect(await put('/quota-overrides')).toBe(413)
    })

    it('gives postern doctor nothing to warn of', async () => {
      const token = await postern.token('ada', { scopes: ['read:tap', 'exec:portal'] })
      const findings = await findingsAt(`${site()}/`, token)
      expect(findings.filter(({ isWarning, isUnknown }) => isWarning || isUnknown)).toEqual([])
      expect(findings[0]?.says).toBe(site())
    })
  })
})

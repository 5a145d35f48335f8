import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl } from '../support/clients/curl.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { startNginx } from '../support/proxies/nginx.js'
import type { ProxyOptions, RunningProxy } from '../support/proxies/proxy.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'

interface Arrangement {
  readonly host: string
  readonly proxy: Pick<ProxyOptions, 'serviceHosts' | 'ownHost'>
  readonly services?: (port: number) => string
  readonly settings?: object
}

/** nginx with several hosts, a Postern and an echo, for the tests of a `describe`. */
function useHosts({ host, proxy: hosts, services, settings }: Arrangement) {
  let echo: Echo
  let postern: RunningPostern
  let proxy: RunningProxy
  let desk: Desk
  let port: number
  let before = 0
  beforeAll(async () => {
    port = await freePort()
    echo = await startEcho()
    desk = openDesk()
    const groupMapping = { 'exec:portal': ['users'], 'exec:notebook': ['users'], 'read:tap': ['users'] }
    postern = await startPostern({ baseUrl: `http://${host}:${port}`, settings: { groupMapping, ...settings } })
    const ports = { port, posternPort: postern.port, tapPort: echo.port, portalPort: echo.port }
    proxy = await startNginx({ ...ports, host, ...hosts, ...(services && { services: services(echo.port) }) })
  })
  beforeEach(() => {
    before = echo.arrivals.length
  })
  afterAll(async () => {
    desk?.clear()
    await proxy?.stop()
    await postern?.stop()
    await echo?.stop()
  })
  return {
    postern: () => postern,
    site: (name: string) => `http://${name}:${port}`,
    arrived: () => echo.arrivals.slice(before),
    get: (name: string, path: string, ...words: string[]) =>
      curl(desk, '--connect-to', `::127.0.0.1:${port}`, ...words, `http://${name}:${port}${path}`),
  }
}

const location = (name: string, query: string, port: number) => `
location = /_postern/${name} {
    internal;
    proxy_pass http://postern_checks/ingress/auth?${query};
    include postern/check.conf;
}
location /${name}/ {
    auth_request /_postern/${name};
    include postern/protect.conf;
    proxy_pass http://127.0.0.1:${port};
    error_page 401 = @sign_in;
}
`

describeWith(['nginx', 'curl'], 'A location with user_domain=true, behind nginx as it is shipped,', () => {
  const { postern, site, get, arrived } = useHosts({
    host: 'localhost',
    proxy: { serviceHosts: ['~^[a-z0-9-]+\\.nb\\.localhost$'] },
    services: (port) => location('nb', 'scope=exec:notebook&user_domain=true&login_redirect=true', port),
    settings: { allowSubdomains: true },
  })
  const as = async (username: string) => ['-b', `postern=${await postern().session(username)}`]

  it('admits a user at the host of the user’s name, and the service is told of that host', async () => {
    expect((await get('ada.nb.localhost', '/nb/', ...(await as('ada')))).status).toBe(200)
    const { host } = new URL(site('ada.nb.localhost'))
    expect(arrived()[0]?.headers).toMatchObject({ host, 'x-forwarded-host': host, 'x-auth-request-user': 'ada' })
  })

  it('refuses another user there, and every user at the site’s own host', async () => {
    expect((await get('ada.nb.localhost', '/nb/', ...(await as('grace')))).status).toBe(403)
    expect((await get('localhost', '/nb/', ...(await as('ada')))).status).toBe(403)
    expect(arrived()).toEqual([])
  })

  it.each([
    'ada.evil.example',
    'ada.localhost',
    'ada.nb.localhost.evil.example',
    'ada.x.nb.localhost',
    'ada.nb.localhost@evil.example',
  ])('takes no other host of a Host header for a user’s (%s)', async (name) => {
    const { status } = await get('127.0.0.1', '/nb/', ...(await as('ada')), '-H', `Host: ${name}`)
    expect([400, 403]).toContain(status)
    expect(arrived()).toEqual([])
  })

  it('sends back to the host that was asked for after signing in', async () => {
    const { headers } = await get('ada.nb.localhost', '/nb/lab?a=1')
    const signIn = new URL(headers.get('location')?.[0] ?? site('localhost'))
    expect([signIn.host, signIn.searchParams.get('rd')]).toEqual([
      new URL(site('localhost')).host,
      `${site('ada.nb.localhost')}/nb/lab?a=1`,
    ])
  })

  it('leaves Postern’s pages to the site’s own host', async () => {
    for (const path of ['/login', '/auth/tokens', '/auth/api/v1/login', '/auth/api/v1/programs'])
      expect((await get('ada.nb.localhost', path, ...(await as('ada')))).status).toBe(404)
    expect((await get('localhost', '/auth/api/v1/login', ...(await as('ada')))).status).toBe(200)
  })
})

describeWith(['nginx', 'curl'], 'Postern on a host of its own, and services that take tokens only,', () => {
  const { postern, get, arrived, site } = useHosts({
    host: 'auth.localhost',
    proxy: { serviceHosts: ['data.localhost'], ownHost: true },
    services: (port) => location('images', 'scope=read:tap&allow_cookies=false', port),
  })

  it('has its pages there, and nothing of a service', async () => {
    const cookie = ['-b', `postern=${await postern().session('ada')}`]
    expect((await get('auth.localhost', '/auth/api/v1/login', ...cookie)).status).toBe(200)
    expect((await get('auth.localhost', '/login')).status).toBe(200)
    for (const path of ['/tap/sync', '/tap/capabilities', '/portal/', '/images/', '/ingress/auth', '/metrics', '/'])
      expect((await get('auth.localhost', path, '--oauth2-bearer', await postern().token('ada'))).status).toBe(404)
    expect(arrived()).toEqual([])
  })

  it('is not at the services’ host, whatever a script there asks', async () => {
    const cookie = ['-b', `postern=${await postern().session('ada')}`]
    for (const path of ['/login', '/logout', '/auth/tokens', '/auth/api/v1/login', '/ingress/auth'])
      expect((await get('data.localhost', path, ...cookie)).status).toBe(404)
  })

  it('checks tokens for them, who are told of their own host', async () => {
    expect((await get('data.localhost', '/tap/sync', '--oauth2-bearer', await postern().token('ada'))).status).toBe(200)
    const { host } = new URL(site('data.localhost'))
    expect(arrived()[0]?.headers).toMatchObject({ host, 'x-auth-request-user': 'ada' })
    const refused = await get('data.localhost', '/tap/sync')
    expect([refused.status, refused.body]).toEqual([
      401,
      expect.stringContaining(`${site('auth.localhost')}/auth/tokens`),
    ])
  })

  it('takes no session there, even one that a service planted', async () => {
    const cookie = ['-b', `postern=${await postern().session('ada')}`]
    expect((await get('data.localhost', '/images/', ...cookie, '-H', 'Sec-Fetch-Mode: cors')).status).toBe(401)
    expect(arrived()).toEqual([])
  })

  it('refuses what a script of a service’s page does with its reader’s session', async () => {
    const cookie = ['-b', `postern=${await postern().session('ada')}`]
    const page = ['-H', `Origin: ${site('data.localhost')}`, '-H', 'Sec-Fetch-Site: same-site']
    const json = ['-H', 'Content-Type: application/json', '-d', '{"token_name":"stolen","scopes":["read:tap"]}']
    const { csrf } = JSON.parse((await get('auth.localhost', '/auth/api/v1/login', ...cookie)).body)
    const make = (...more: string[]) =>
      get('auth.localhost', '/auth/api/v1/users/ada/tokens', ...cookie, ...more, ...json, '-H', `X-CSRF-Token: ${csrf}`)
    expect((await make(...page)).status).toBe(403)
    const read = await get('auth.localhost', '/auth/api/v1/login', ...cookie, ...page)
    expect([...read.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    const { body } = await get('auth.localhost', '/auth/api/v1/users/ada/tokens', ...cookie)
    expect(body).not.toContain('stolen')
  })
})

describeWith(['nginx', 'curl'], 'Postern on a host of its own, whose session the hosts below it share,', () => {
  const portal = 'portal.auth.localhost'
  const { postern, get, arrived, site } = useHosts({
    host: 'auth.localhost',
    proxy: { serviceHosts: [portal], ownHost: true },
    settings: { allowSubdomains: true },
  })

  it('sends a browser to sign in there and back, and admits its session', async () => {
    const signIn = new URL((await get(portal, '/portal/?a=1&b=2')).headers.get('location')?.[0] ?? '')
    expect(signIn.origin).toBe(site('auth.localhost'))
    expect(signIn.searchParams.get('rd')).toBe(`${site(portal)}/portal/?a=1&b=2`)
    expect((await get(portal, '/portal/', '-b', `postern=${await postern().session('ada')}`)).status).toBe(200)
    expect(arrived()[0]?.headers).toMatchObject({ host: new URL(site(portal)).host, 'x-auth-request-user': 'ada' })
    expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
  })

  it('answers a page below it with nothing that its script can read, so that it gets no CSRF token', async () => {
    const cookie = ['-b', `postern=${await postern().session('ada')}`, '-H', `Origin: ${site(portal)}`]
    const { headers } = await get('auth.localhost', '/auth/api/v1/login', ...cookie)
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    const json = ['-H', 'Content-Type: application/json', '-d', '{"token_name":"stolen","scopes":["read:tap"]}']
    const made = await get('auth.localhost', '/auth/api/v1/users/ada/tokens', ...cookie, ...json)
    expect([made.status, made.body]).toEqual([403, expect.stringContaining('invalid_csrf')])
    expect((await get(portal, '/auth/api/v1/login', ...cookie)).status).toBe(404)
  })
})

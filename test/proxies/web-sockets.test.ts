import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { exchange, statuses } from '../support/clients/wire.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { asEnvoyAsks, checksOn, cleaned, envoyRoute } from './envoy.js'
import { asTraefikAsks, traefik, traefikRouter } from './traefik.js'

type Headers = Readonly<Record<string, string>>

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The ways in which a request shows that it opens a WebSocket. A browser shows all of them that it can. */
const OPENING: readonly (readonly [string, Headers])[] = [
  ['every header', { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-fetch-mode': 'websocket' }],
  ['Upgrade alone', { upgrade: 'WebSocket' }],
  ['Sec-WebSocket-Key', { upgrade: 'websocket', 'sec-websocket-key': KEY }],
]

/** The pages that open it: their own origin stands in the place of OURS. */
const FROM: readonly (readonly [string, boolean, Headers])[] = [
  ['the site', true, { origin: 'OURS' }],
  ['the site, in a browser that says more', true, { origin: 'OURS', 'sec-fetch-site': 'same-origin' }],
  ['another site', false, { origin: 'https://evil.example' }],
  ['a host beside the site', false, { origin: 'http://blog.example.org', 'sec-fetch-site': 'same-site' }],
  ['a sandbox', false, { origin: 'null' }],
]

const CASES = OPENING.flatMap(([shown, opening]) =>
  FROM.map(([page, passes, from]) => [page, shown, passes, { ...opening, ...from }] as const),
)

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy']

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped, a WebSocket with a session', () => {
    const { url, site, arrived } = useEchoSite(proxy, { settings: { groupMapping: { 'exec:portal': ['users'] } } })
    let session: string
    beforeAll(async () => {
      session = await site().postern.session('ada')
    })

    it.each(CASES)('of a page of %s, shown by %s, passes: %s', async (_page, _shown, passes, headers) => {
      const { port } = new URL(url())
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace('OURS', url())}`)
      const opening = ['GET /portal/ws HTTP/1.1', `Host: 127.0.0.1:${port}`, `Cookie: postern=${session}`, ...lines]
      const answer = await exchange(Number(port), `${opening.join('\r\n')}\r\nConnection: Upgrade\r\n\r\n`)
      // An old browser, which does not say that it navigates, is sent to sign in. That opens no WebSocket either.
      expect(passes ? [200] : [401, 302]).toContain(statuses(answer)[0])
      expect(arrived().map((each) => each.headers['x-auth-request-user'])).toEqual(passes ? ['ada'] : [])
    })
  })
})

describe('A WebSocket with a session, as it is documented to be asked about', () => {
  const site = 'http://data.example.org'
  let postern: RunningPostern
  let session: string
  beforeAll(async () => {
    postern = await startPostern({ baseUrl: site, settings: { groupMapping: { 'exec:portal': ['users'] } } })
    session = await postern.session('ada')
  })
  afterAll(() => postern.stop())

  const opening = (headers: Headers) => {
    const all = { ...headers, cookie: `postern=${session}`, connection: 'Upgrade' }
    const lines = Object.entries(all).map(([name, value]) => [name, [value.replace('OURS', site)]] as const)
    return { method: 'GET', path: '/portal/ws', headers: Object.fromEntries(lines) }
  }
  const outcome = async (path: string, headers: Record<string, string | string[]>) => {
    const { status } = await request(postern.server)
      .get(path)
      .set(headers as Record<string, string>)
    return status
  }

  it.each(CASES)('by Envoy, of a page of %s, shown by %s, passes: %s', async (_page, _shown, passes, headers) => {
    const asked = cleaned(opening(headers))
    const [check] = checksOn(envoyRoute(asked.path))
    if (!check) throw new Error('The portal has no check')
    const status = await outcome(`${check.http_service.path_prefix}${asked.path}`, asEnvoyAsks(asked, check))
    expect(status === 200).toBe(passes)
  })

  // Traefik drops Upgrade; no browser sends it without the others.
  const TRAEFIKS = CASES.filter(([, shown]) => shown !== 'Upgrade alone')
  it.each(TRAEFIKS)('by Traefik, of a page of %s, shown by %s, passes: %s', async (_page, _shown, passes, headers) => {
    const asked = opening(headers)
    const check = traefikRouter(asked.path)?.middlewares.flatMap((name) => traefik.middlewares[name]?.forwardAuth ?? [])
    const { pathname, search } = new URL(check?.[0]?.address ?? '')
    expect((await outcome(`${pathname}${search}`, asTraefikAsks(asked))) === 200).toBe(passes)
  })
})

import { describe, expect, it } from '@jest/globals'
import { exchange, statuses } from '../support/clients/wire.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { cleaned, envoyRoute } from './envoy.js'
import { asTraefikSends, traefikRouter } from './traefik.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy']
const PORTAL = 'https://portal.example.com'
const BODY = 'REQUEST=doQuery'
const OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']

// biome-ignore format: a table reads in columns
const CARRYING = [
  ['of a length',   [`Content-Length: ${BODY.length}`],  BODY],
  ['in pieces',     ['Transfer-Encoding: chunked'],      `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`],
  ['of none',       ['Content-Length: 0'],               ''],
] as const

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped, OPTIONS', () => {
    const { url, get, arrived } = useEchoSite(proxy, { settings: { allowOrigins: [PORTAL] } })

    const preflight = (path: string, origin: string, lines: readonly string[] = [], body = '') => {
      const { port } = new URL(url())
      const head = [
        `OPTIONS ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        `Origin: ${origin}`,
        'Access-Control-Request-Method: POST',
        'Connection: close',
        ...lines,
      ]
      return exchange(Number(port), `${head.join('\r\n')}\r\n\r\n${body}`)
    }

    it('of a page of the site or of a trusted origin reach a service, and of no other', async () => {
      const trusted = [url(), PORTAL]
      const others = ['https://localhost:1', 'https://127.0.0.1', 'http://portal.example.com', 'null']
      for (const origin of trusted) expect(statuses(await preflight('/tap/sync', origin))).toEqual([200])
      for (const origin of others) expect(statuses(await preflight('/tap/sync', origin))).toEqual([403])
      expect(arrived().map(({ method, headers }) => [method, headers.origin])).toEqual(
        trusted.map((origin) => ['OPTIONS', origin]),
      )
    })

    it.each(CARRYING)('bring no body %s to a service', async (_how, lines, body) => {
      await preflight('/tap/sync', url(), lines, body)
      for (const each of arrived()) expect(each.body.length).toBeLessThan(2)
      expect(arrived().length).toBeLessThan(2)
    })

    it('name no other method, in a header or in the query', async () => {
      await preflight(
        '/tap/sync',
        url(),
        OVERRIDES.map((name) => `${name}: POST`),
      )
      expect(arrived().map(({ lines }) => lines.filter((line) => / POST$/.test(line)))).toEqual([
        [expect.stringMatching(/^Access-Control-Request-Method: POST$/i)],
      ])
      expect(statuses(await preflight('/tap/sync?_method=POST', url()))).toEqual([404])
      expect(arrived()).toHaveLength(1)
    })

    it('are told apart by a page: why it was refused is for trusted origins to read', async () => {
      for (const path of ['/tap/sync', '/portal/']) {
        const refused = (origin: string) => get(path, '-H', `Origin: ${origin}`, '-H', 'Sec-Fetch-Mode: cors')
        const { status, headers } = await refused(PORTAL)
        expect([status, headers.get('access-control-allow-origin')]).toEqual([401, [PORTAL]])
        expect(headers.get('access-control-expose-headers')?.[0]).toContain('WWW-Authenticate')
        expect(headers.get('vary')?.join()).toContain('Origin')
        expect(headers.has('access-control-allow-credentials')).toBe(false)
        for (const origin of ['https://evil.example', 'null'])
          expect((await refused(origin)).headers.has('access-control-allow-origin')).toBe(false)
      }
    })
  })
})

describe('As it is documented, OPTIONS', () => {
  const asked = {
    method: 'OPTIONS',
    path: '/tap/sync',
    headers: Object.fromEntries(OVERRIDES.map((name) => [name.toLowerCase(), ['POST']])),
  }

  it('name no other method in a header, behind Traefik and Envoy', () => {
    const router = traefikRouter(asked.path)
    if (!router) throw new Error('TAP has no router')
    expect(asTraefikSends(asked, router, {})).toEqual({})
    expect(cleaned(asked).headers).toEqual({})
  })

  it('bring no body to a service, behind Envoy', () => {
    const status = (headers: Record<string, string>) =>
      envoyRoute('/tap/sync', { ':method': 'OPTIONS', ...headers })?.direct_response?.status
    expect(status({ 'content-length': '15' })).toBe(400)
    expect(status({ 'transfer-encoding': 'chunked' })).toBe(400)
    expect([status({}), status({ 'content-length': '0' })]).toEqual([undefined, undefined])
    expect(envoyRoute('/tap/sync', { ':method': 'POST', 'content-length': '15' })?.direct_response).toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'
import { exchange, statuses } from '../../support/clients/wire.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import { OVERRIDES } from '../requests.js'

/** Trusted by the sites of these facts. */
export const PORTAL = 'https://portal.example.com'
const BODY = 'REQUEST=doQuery'

// biome-ignore format: a table reads in columns
const CARRYING = [
  ['of a length',   [`Content-Length: ${BODY.length}`],  BODY],
  ['in pieces',     ['Transfer-Encoding: chunked'],      `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`],
  ['of none',       ['Content-Length: 0'],               ''],
] as const

/** OPTIONS pass without a token, and are no way round the check. */
export function preflights({ url, get, arrived }: EchoSite): void {
  describe('OPTIONS', () => {
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
      for (const each of arrived()) expect(each.length).toBeLessThan(2)
      expect(arrived().length).toBeLessThan(2)
    })

    it('name no other method, in a header or in the query', async () => {
      const lines = OVERRIDES.map((name) => `${name}: POST`)
      await preflight('/tap/sync', url(), lines)
      expect(arrived().map((each) => each.lines.filter((line) => / POST$/.test(line)))).toEqual([
        [expect.stringMatching(/^Access-Control-Request-Method: POST$/i)],
      ])
      expect(statuses(await preflight('/tap/sync?_method=POST', url()))).toEqual([404])
      expect(arrived()).toHaveLength(1)
    })

    it('that are no preflights get the true status', async () => {
      expect((await get('/tap/sync', '-X', 'OPTIONS')).status).toBe(404)
      expect(arrived()).toEqual([])
    })

    it('and all else: why it was refused is for pages of trusted origins to read', async () => {
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
}

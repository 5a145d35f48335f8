import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { exchange } from '../../support/clients/wire.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import { CLIENT_PATHS, MARK, plain } from '../client-paths.js'

/** Plain ways to what is closed, and to what no rule names. */
const CLOSED = [
  '/ingress',
  '/ingress/',
  '/ingress/auth?scope=read:tap',
  '/ingress/envoy/scope=read:tap/x',
  '/health',
  '/metrics',
  '/metrics/',
  '/_postern/tap',
  '/',
  '/tapestry',
]

/** No client gets to Postern's checks, its health or its metrics. */
export function closed({ url, site, token, arrived, get, getWithToken }: EchoSite): void {
  describe('no client gets', () => {
    const asked: string[] = []
    const listen = ({ url: path = '' }: { url?: string }) => asked.push(path)
    const port = () => Number(new URL(url()).port)
    const ask = (line: string) =>
      exchange(
        port(),
        `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port()}\r\nAuthorization: Bearer ${token()}\r\nConnection: close\r\n\r\n`,
      )

    beforeAll(() => void site().postern.server.on('request', listen))
    afterAll(() => void site().postern.server.off('request', listen))

    it.each(CLIENT_PATHS)('to %s of Postern', async (path) => {
      const lines = [`GET ${path}`, `POST ${path}`, `OPTIONS ${path}`, `GET http://127.0.0.1:${port()}${path}`]
      asked.length = 0
      for (const answer of await Promise.all(lines.map(ask)))
        expect(answer).not.toMatch(/^(?:x-auth-request|authorization)/im)
      // What a proxy asks of itself stands in its configuration, and knows nothing of the client's query.
      const byClient = asked.map(plain).filter((each) => /^\/(?:ingress|health|metrics)/.test(each))
      expect(byClient.filter((each) => !isOwnCheck(each))).toEqual([])
    })

    it.each(CLOSED)('another answer than 404 at %s, with a token, without, or in a browser', async (path) => {
      asked.length = 0
      const ways = [get(path), getWithToken(path), get(path, '-H', 'Sec-Fetch-Mode: navigate')]
      expect((await Promise.all(ways)).map(({ status }) => status)).toEqual([404, 404, 404])
      expect([asked, arrived()]).toEqual([[], []])
    })

    it('and the pages beside it are open', async () => {
      expect(await ask('GET /login')).toMatch(/^HTTP\/1.1 (200|303)/)
    })
  })
}

/** A check that the proxy asks for: of Envoy's the request's own path is the end, behind the requirement that stands first. */
function isOwnCheck(path: string): boolean {
  if (/^\/ingress\/envoy\/(?:scope|service)=[^/]*auth_type=/.test(path)) return true
  return path.startsWith('/ingress/') && !path.includes(MARK)
}

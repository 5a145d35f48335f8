import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { exchange } from '../support/clients/wire.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { CLIENT_PATHS, MARK } from './client-paths.js'
import { asEnvoyReads, envoyRoute } from './envoy.js'
import { asTraefikReads, traefikRouter } from './traefik.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy']

describe.each(PROXIES)('No client gets through %s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped', () => {
    const { url, site, token } = useEchoSite(proxy)
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
      for (const line of [`GET ${path}`, `POST ${path}`, `OPTIONS ${path}`, `GET http://127.0.0.1:${port()}${path}`]) {
        asked.length = 0
        const answer = await ask(line)
        expect(answer).not.toMatch(/^(?:x-auth-request|authorization)/im)
        // What a proxy asks of itself stands in its configuration, and knows nothing of the client's query.
        const byClient = asked.map(plain).filter((each) => /^\/(?:ingress|health|metrics)/.test(each))
        expect(byClient.filter((each) => each.includes(MARK) || !each.startsWith('/ingress/'))).toEqual([])
      }
    })

    it('and the pages beside it are open', async () => {
      expect(await ask('GET /login')).toMatch(/^HTTP\/1.1 (200|303)/)
    })
  })
})

const PAGES = /^\/(?:auth|login|logout)(?:[/?#]|$)/

describe('No client gets through Traefik, by its routers as they are documented,', () => {
  it.each(CLIENT_PATHS)('to %s of Postern', (target) => {
    const path = asTraefikReads(pathOf(target))
    if (path !== undefined && traefikRouter(path)?.service === 'postern') expect(plain(path)).toMatch(PAGES)
  })

  it('and the pages beside it are open', () => {
    expect(traefikRouter('/auth/tokens')?.service).toBe('postern')
  })
})

describe('No client gets through Envoy, by its routes as they are documented,', () => {
  it.each(CLIENT_PATHS)('to %s of Postern', (target) => {
    const path = asEnvoyReads(pathOf(target))
    if (path === undefined) return
    const cluster = envoyRoute(path)?.route?.cluster
    expect(cluster).not.toBe('postern_checks')
    if (cluster === 'postern') expect(plain(path)).toMatch(PAGES)
  })

  it('and the pages beside it are open', () => {
    expect(envoyRoute('/auth/tokens')?.route?.cluster).toBe('postern')
  })
})

function pathOf(target: string): string {
  return target.split(/[?#]/)[0] ?? ''
}

/** The path that Postern would see, were it lenient: decoded, with / for \\, and without dots and doubled slashes. */
function plain(target: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/s.exec(target) ?? []
  const slashed = decodeURIComponent(path).replaceAll('\\', '/').replace(/\/+/g, '/')
  return `${decodeURIComponent(new URL(`http://x${slashed.startsWith('/') ? '' : '/'}${slashed}`).pathname)}${query}`
}

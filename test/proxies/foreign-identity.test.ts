import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { checksOn, cleaned, envoyRoute } from './envoy.js'
import { FOREIGN_IDENTITY } from './foreign-identity.js'
import { asTraefikSends, traefikRouter } from './traefik.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy']
const LOCATIONS = [
  ['a checked location', '/tap/sync'],
  ['an open location', '/tap/capabilities'],
  ['a page', '/portal/'],
] as const

const POSTERNS = ['User', 'Email', 'Service', 'Token', 'Anonymous'].map((each) => `X-Auth-Request-${each}`)
const FORGED = [...FOREIGN_IDENTITY, ...POSTERNS]

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped, no service reads a name that a client gave itself', () => {
    const { getWithToken, arrived, site } = useEchoSite(proxy)

    it.each(LOCATIONS)('in the identity header of any gate, at %s', async (_where, path) => {
      const { status } = await getWithToken(path, ...FORGED.flatMap((name) => ['-H', `${name}: forged`]))
      expect(status).toBe(200)
      expect(arrived().map(({ lines }) => lines.filter((line) => line.includes('forged')))).toEqual([[]])
    })

    it.each(LOCATIONS)('in another letter case, nor named by Connection, at %s', async (_where, path) => {
      const lines = FORGED.map((name) => `${name.toUpperCase()}: forged`)
      const connection = `Connection: ${FORGED.join(', ')}`
      await getWithToken(path, ...[...lines, connection].flatMap((line) => ['-H', line]))
      expect(arrived().flatMap((each) => each.lines.filter((line) => line.includes('forged')))).toEqual([])
    })

    it('and the proxy itself does not complain', () => {
      expect(site().proxy.errorLog()).not.toMatch(/\[(?:warn|emerg|alert|crit)\]/)
    })
  })
})

describe('As it is documented, behind ingress-nginx, no service reads a name that a client gave itself', () => {
  const file = (name: string) => readFileSync(new URL(`../../deploy/kubernetes/${name}`, import.meta.url), 'utf8')

  it('in the identity header of another gate', () => {
    const { data } = parse(file('ingress-nginx.yaml'))
    expect(FOREIGN_IDENTITY.filter((name) => data[name] !== '')).toEqual([])
  })

  it('in one of Postern’s, nor the credential that the check has taken out', () => {
    const [, listed = ''] = /auth-response-headers: (\S+)/.exec(file('postern.yaml')) ?? []
    expect(listed.split(',').sort()).toEqual(['Authorization', 'Cookie', ...POSTERNS].sort())
  })
})

describe('As it is documented, no service reads a name that a client gave itself', () => {
  const forged = (path: string) => ({
    method: 'GET',
    path,
    headers: Object.fromEntries(FORGED.map((name) => [name.toLowerCase(), ['forged']])),
  })

  it.each(LOCATIONS)('behind Traefik, at %s', (_where, path) => {
    const router = traefikRouter(path)
    if (!router) throw new Error(`No router for ${path}`)
    expect(JSON.stringify(asTraefikSends(forged(path), router, {}))).not.toContain('forged')
  })

  it.each(LOCATIONS)('behind Envoy, at %s', (_where, path) => {
    expect(checksOn(envoyRoute(path)).length).toBe(path === '/tap/capabilities' ? 0 : 1)
    expect(cleaned(forged(path)).headers).toEqual({})
  })
})

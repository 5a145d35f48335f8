import { describe, expect, it } from '@jest/globals'
import { isOurCookie } from '../../server/core/access/cookie-names.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { envoyUpstreamRemoved } from './envoy.js'
import { traefik, traefikRouter } from './traefik.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy']

/** Cookies that a service must not set: Postern's own, in every spelling that a browser reads as one of them. */
const PLANTED = [
  'postern=planted; Path=/',
  'postern=planted; Path=/; Secure; SameSite=Lax; HttpOnly',
  '__Host-postern=planted; Path=/; Secure',
  '\t__Host-postern=planted; Path=/; secure',
  '__Host-postern =planted; Path=/; SECURE;',
  '__Host-postern-login=planted; Path=/; Secure',
  '__Secure-postern-kept=planted; Path=/logout; Secure',
  'postern-left=planted',
  '=postern=planted; Secure',
  'postern=planted',
]
const THEIRS = ['theme=dark; Path=/portal/; Secure; HttpOnly', 'return=/postern/x; Path=/']

const ANSWER = {
  'Set-Cookie': [...PLANTED, ...THEIRS],
  'Service-Worker-Allowed': '/',
  'X-Accel-Redirect': '/_postern/tap',
  'X-Accel-Charset': 'utf-7',
  'X-VO-Authenticated': 'root',
  'WWW-Authenticate': 'Basic realm="the service"',
}

const CHECKED = '/tap/sync'
const PUBLIC = '/tap/capabilities'

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped, the answer of a service', () => {
    const { getWithToken, arrived, site } = useEchoSite(proxy, { answer: ANSWER })

    it.each([CHECKED, PUBLIC])('to %s plants no cookie of Postern’s in a browser', async (path) => {
      const { headers } = await getWithToken(path)
      const lines = headers.get('set-cookie') ?? []
      expect(lines.filter((line) => isKept(line) && line.includes('planted'))).toEqual([])
      expect(lines).toEqual(expect.arrayContaining(THEIRS))
    })

    it.each([CHECKED, PUBLIC])('to %s registers no worker above its own path', async (path) => {
      expect((await getWithToken(path)).headers.has('service-worker-allowed')).toBe(false)
    })

    it.each([CHECKED, PUBLIC])('to %s makes the proxy fetch no location of its own', async (path) => {
      const { body, headers } = await getWithToken(path)
      expect(body).toBe('here\n')
      expect([...headers.keys()].filter((name) => name.startsWith('x-auth-request'))).toEqual([])
      expect(headers.get('content-type') ?? []).not.toContainEqual(expect.stringContaining('utf-7'))
      expect(arrived()).toHaveLength(1)
    })

    it('is not mistaken for Postern’s own, whose cookies reach the browser', async () => {
      const { headers } = await getWithToken('/login')
      const names = (headers.get('set-cookie') ?? []).map((line) => line.split('=')[0] ?? '')
      expect(names.some(isOurCookie)).toBe(true)
      expect(names.join()).toContain('postern')
      expect((headers.get('set-cookie') ?? []).every((line) => /samesite=(?:lax|strict)/i.test(line))).toBe(true)
      expect(site().url).toContain('127.0.0.1')
    })
  })
})

describe('As it is documented, the answer of a service registers no worker above its own path', () => {
  it('behind Traefik', () => {
    for (const path of [CHECKED, PUBLIC, '/portal/']) {
      const changes = traefikRouter(path)?.middlewares.map((name) => traefik.middlewares[name]?.headers)
      const removed = changes?.flatMap((each) => Object.entries(each?.customResponseHeaders ?? {}))
      expect(removed).toContainEqual(['Service-Worker-Allowed', ''])
    }
  })

  it('behind Envoy', () => {
    for (const cluster of ['tap', 'portal']) expect(envoyUpstreamRemoved(cluster)).toContain('service-worker-allowed')
  })
})

/**
 * Whether a browser keeps a cookie (RFC 6265bis §5.7): without Secure none that is `__Host-` or `__Secure-`, or for all
 * sites.
 */
function isKept(line: string): boolean {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim().toLowerCase())
  const isSecure = attributes.includes('secure')
  const needsSecure = /^(?:__host-|__secure-)/.test(pair) || attributes.includes('samesite=none')
  return pair !== '' && (isSecure || !needsSecure)
}

import { beforeEach, describe, expect, it } from '@jest/globals'
import { isOurCookie } from '../../../server/core/access/cookie-names.js'
import type { EchoSite } from '../../support/peers/echo-site.js'

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

const LOCATIONS = ['/tap/sync', '/tap/capabilities', '/portal/']

/** What the answer of a service may not do to a browser that is also Postern's. */
export function serviceAnswers({ getWithToken, arrived, echo, url }: EchoSite): void {
  describe('the answer of a service', () => {
    beforeEach(() => echo().answerWith(ANSWER))

    it.each(LOCATIONS)('to %s plants no cookie of Postern’s in a browser', async (path) => {
      const { headers } = await getWithToken(path)
      const lines = headers.get('set-cookie') ?? []
      expect(lines.filter((line) => isKept(line) && line.includes('planted'))).toEqual([])
      expect(lines).toEqual(expect.arrayContaining(THEIRS))
    })

    it.each(LOCATIONS)('to %s registers no worker above its own path', async (path) => {
      expect((await getWithToken(path)).headers.has('service-worker-allowed')).toBe(false)
    })

    it.each(LOCATIONS)('to %s makes the proxy fetch no location of its own', async (path) => {
      const { body, headers } = await getWithToken(path)
      expect(body).toBe('here\n')
      expect([...headers.keys()].filter((name) => name.startsWith('x-auth-request'))).toEqual([])
      expect(headers.get('content-type') ?? []).not.toContainEqual(expect.stringContaining('utf-7'))
      expect(arrived()).toHaveLength(1)
    })

    it.each(LOCATIONS)('to %s names no user and asks for no password', async (path) => {
      const { headers } = await getWithToken(path)
      const named = headers.get('x-vo-authenticated')
      expect([named, headers.has('www-authenticate')]).toEqual([
        path === '/tap/capabilities' ? undefined : ['ada'],
        false,
      ])
    })

    it('is not mistaken for Postern’s own, whose cookies reach the browser', async () => {
      const { headers } = await getWithToken('/login')
      const lines = headers.get('set-cookie') ?? []
      expect(lines.some((line) => isOurCookie(line.split('=')[0] ?? ''))).toBe(true)
      expect(lines.join()).toContain('postern')
      expect(lines.every((line) => /samesite=(?:lax|strict)/i.test(line))).toBe(true)
      expect(url()).toContain('127.0.0.1')
    })
  })
}

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

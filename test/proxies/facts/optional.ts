import { describe, expect, it } from '@jest/globals'
import type { EchoSite } from '../../support/peers/echo-site.js'

/** A service with optional authentication (IVOA AuthVO), at /archive/. */
export function optional({ url, token, arrived, get, getWithToken }: EchoSite): void {
  describe('a service with optional authentication', () => {
    it.each([
      ['an anonymous client', () => []],
      ['an unknown token', () => ['--oauth2-bearer', token().replace(/\..*/, `.${'A'.repeat(22)}`)]],
    ])('serves %s without an identity, with a challenge', async (_, credential) => {
      const answer = await get('/archive/capabilities', ...credential(), '-H', 'X-Auth-Request-User: root')
      expect(answer.status).toBe(200)
      const document = `${url()}/.well-known/oauth-protected-resource/archive/capabilities`
      const realm = 'realm="127.0.0.1"'
      const login = `standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="${url()}/auth/vo/login"`
      expect(answer.headers.get('www-authenticate')).toEqual([
        `Bearer ${realm}, resource_metadata="${document}", Basic ${realm}, ivoa_cookie ${login}, ivoa_bearer ${login}`,
      ])
      expect(answer.headers.has('x-vo-authenticated')).toBe(false)
      expect(arrived()).toHaveLength(1)
      expect(arrived()[0]?.headers).not.toHaveProperty('x-auth-request-user')
      expect(arrived()[0]?.headers['x-auth-request-anonymous']).toBe('true')
      expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
    })

    it('serves a signed-in user with their identity, and says so', async () => {
      const answer = await getWithToken('/archive/capabilities', '-H', 'X-Auth-Request-Anonymous: true')
      expect(answer.status).toBe(200)
      expect(answer.headers.get('x-vo-authenticated')).toEqual(['ada'])
      expect(answer.headers.has('www-authenticate')).toBe(false)
      expect(arrived()[0]?.headers['x-auth-request-user']).toBe('ada')
      expect(arrived()[0]?.headers).not.toHaveProperty('x-auth-request-anonymous')
      expect(JSON.stringify(arrived())).not.toContain(token())
    })

    it('answers HEAD likewise', async () => {
      expect((await get('/archive/capabilities', '--head')).headers.has('www-authenticate')).toBe(true)
    })
  })
}

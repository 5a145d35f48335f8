import { describe, expect, it } from '@jest/globals'
import type { EchoSite } from '../../support/peers/echo-site.js'

/** Clients of the OpenID Connect server reach its documents and its endpoints; what else is below `.well-known` stays closed. */
export function openId({ url, get, arrived, weakToken }: EchoSite): void {
  describe('a client of the OpenID Connect server', () => {
    it('finds the documents, which name addresses of the site', async () => {
      const discovery = await get('/.well-known/openid-configuration')
      expect(discovery.status).toBe(200)
      const { issuer, jwks_uri, token_endpoint } = JSON.parse(discovery.body)
      expect([jwks_uri, token_endpoint]).toEqual([`${issuer}/.well-known/jwks.json`, `${issuer}/auth/openid/token`])
      const keys = await get('/.well-known/jwks.json')
      expect(JSON.parse(keys.body).keys).toMatchObject([{ kty: 'RSA', alg: 'RS256', use: 'sig' }])
      expect(keys.body).not.toMatch(/"(?:d|p|q)"/)
    })

    it('finds where passwords are changed, as password managers ask for it', async () => {
      const found = await get('/.well-known/change-password')
      expect([found.status, found.headers.get('location')?.join()]).toEqual([303, '/auth/password'])
    })

    it('finds who gives tokens for an address, by the document that a challenge names', async () => {
      const weak = ['--oauth2-bearer', weakToken()]
      const script = ['-H', 'Sec-Fetch-Mode: cors']
      for (const [path, words, status] of [
        ['/tap/sync', [], 401],
        ['/tap/sync', weak, 403],
        ['/portal/stars', script, 401],
        ['/portal/stars', [...script, ...weak], 403],
      ] as const) {
        const refused = await get(path, ...words)
        const challenge = refused.headers.get('www-authenticate')?.join()
        const document = `${url()}/.well-known/oauth-protected-resource${path}`
        expect([refused.status, challenge]).toEqual([
          status,
          expect.stringContaining(`resource_metadata="${document}"`),
        ])
      }
      const { body } = await get('/.well-known/oauth-protected-resource/tap/sync')
      expect(JSON.parse(body)).toMatchObject({ resource: `${url()}/tap/sync`, authorization_servers: [url()] })
      expect(arrived()).toEqual([])
    })

    it('reaches the endpoints, which answer for themselves', async () => {
      const refused = await get('/auth/openid/token', '-d', 'grant_type=authorization_code&client_id=x&client_secret=y')
      expect([refused.status, JSON.parse(refused.body).error]).toEqual([401, 'invalid_client'])
      expect((await get('/auth/openid/userinfo')).status).toBe(401)
    })

    it('reaches nothing else there', async () => {
      for (const path of ['/.well-known/', '/.well-known/openid-configuration/x', '/.well-known/jwks_json']) {
        expect((await get(path)).status).toBeGreaterThanOrEqual(400)
      }
      expect(arrived()).toEqual([])
    })
  })
}

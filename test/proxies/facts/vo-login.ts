import { describe, expect, it } from '@jest/globals'
import type { EchoSite } from '../../support/peers/echo-site.js'

/** The login of IVOA's AuthVO, at /auth/vo/login, for programs at the service at /tap. */
export function voLogin({ token, arrived, get, url }: EchoSite): void {
  describe('a program that logs in', () => {
    const logIn = (password: string) =>
      get('/auth/vo/login', '-d', 'username=x-oauth-basic', '--data-urlencode', `password=${password}`)

    it('finds the login in the challenge of the service', async () => {
      const [challenge] = (await get('/tap/sync')).headers.get('www-authenticate') ?? []
      const login = `standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="${url()}/auth/vo/login"`
      expect(challenge).toMatch(/^Bearer realm="127\.0\.0\.1", resource_metadata="[^"]+", Basic realm="127\.0\.0\.1", /)
      expect(challenge).toContain(`, ivoa_cookie ${login}, ivoa_bearer ${login}`)
    })

    it.each(['cookie', 'header'])(
      'is admitted with the token in a %s, which the service does not see',
      async (place) => {
        const answer = await logIn(token())
        expect([answer.status, answer.headers.get('x-vo-authenticated')]).toEqual([200, ['ada']])
        const [text = ''] = answer.headers.get('x-vo-bearer') ?? []
        expect(answer.headers.get('set-cookie')).toEqual([expect.stringContaining(`postern-vo=${text};`)])
        const credential = place === 'cookie' ? `Cookie: a=b; postern-vo=${text}` : `Authorization: Bearer ${text}`
        expect(await get('/tap/sync', '-H', credential)).toMatchObject({ status: 200, body: 'here\n' })
        expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
        expect(JSON.stringify(arrived())).not.toContain(text)
      },
    )

    it('is told of a wrong token by a challenge, and gets nothing', async () => {
      const answer = await logIn(token().replace(/\..*/, `.${'A'.repeat(22)}`))
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, ['Basic realm="127.0.0.1"']])
      expect([answer.headers.has('x-vo-bearer'), answer.headers.has('set-cookie')]).toEqual([false, false])
    })
  })
}

import { describe, expect, it } from '@jest/globals'
import { expectSentToSignIn, expectTold } from '../../clients/support/answers.js'
import type { Answer } from '../../support/clients/curl.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import type { Traits } from './traits.js'

const REALM = 'realm="127.0.0.1"'
const INVALID = /^Your token is not valid\..* Make a new one at http:\/\/[\d.:]+\/auth\/tokens$/
const NAVIGATION = ['-H', 'Sec-Fetch-Mode: navigate']

/** Who is refused, how, and that the service does not hear of it. */
export function refusals({ url, site, token, weakToken, arrived, get }: EchoSite, traits: Traits): void {
  const forged = () => token().replace(/\..*/, `.${'A'.repeat(22)}`)

  // biome-ignore format: a table reads in columns
  const REFUSED: readonly [string, () => string[], number, RegExp, string[]][] = [
    ['no token',            () => [],                                     401, /^This service needs a token\. Make one at http/, [`Bearer ${REALM}, `, `, Basic ${REALM}`]],
    ['a password',          () => ['-u', 'ada:secret'],                   401, /^This service needs a token\./,                  [`Bearer ${REALM}, `, `, Basic ${REALM}`]],
    ['a token nobody has',  () => ['--oauth2-bearer', forged()],          401, INVALID,                                          [`Bearer ${REALM}, error="invalid_token"`, `, Basic ${REALM}`]],
    ['a token cut short',   () => ['-u', `x-oauth-basic:${token().slice(0, -1)}`], 401, /^Your token is not valid: 1 of its 48 characters is missing\. Copy it again, or make a new one/, [`Bearer ${REALM}, error="invalid_token"`, `, Basic ${REALM}`]],
    ['no token as Bearer',  () => ['--oauth2-bearer', 'hello'],           401, INVALID,                                          [`Bearer ${REALM}, error="invalid_token"`, `, Basic ${REALM}`]],
    ['too weak a token',    () => ['--oauth2-bearer', weakToken()],       403, /^Your token lacks the scope read:tap$/,          ['error="insufficient_scope"', 'scope="read:tap"', `, Basic ${REALM}`]],
    ['a scheme of its own', () => ['-H', 'Authorization: Magic <b/> x'],  400, /^The Authorization header cannot be read\./,     ['error="invalid_request"', `, Basic ${REALM}`]],
  ]

  const expectReason = (answer: Answer, status: number, told: RegExp) => {
    if (traits.refusals === 'sentences') return expectTold(answer, status, told)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      [expect.stringMatching(/^application\/json/)],
    ])
    expect(JSON.parse(answer.body)).toHaveProperty('detail')
  }

  describe('a service is not reached', () => {
    it.each(REFUSED)('with %s, and the client gets the reason', async (_, credential, status, told, challenge) => {
      const answer = await get('/tap/sync', ...credential(), '-d', 'LANG=ADQL')
      expect(arrived()).toEqual([])
      expectReason(answer, status, told)
      const challenges = answer.headers.get('www-authenticate') ?? []
      expect(challenges).toHaveLength(1)
      for (const part of challenge) expect(challenges[0]).toContain(part)
    })

    it('with a preflight of a foreign page, and no token is asked for', async () => {
      const preflight = [
        '-X',
        'OPTIONS',
        '-H',
        'Origin: https://evil.example',
        '-H',
        'Access-Control-Request-Method: GET',
      ]
      expectReason(await get('/tap/sync', ...preflight), 403, /^This request is not allowed here$/)
      expect(arrived()).toEqual([])
    })

    it('with a token, from the moment in which it is revoked', async () => {
      const doomed = await site().postern.token('ada', { scopes: ['read:tap'], name: 'doomed' })
      expect((await get('/tap/sync', '--oauth2-bearer', doomed)).status).toBe(200)
      await site().postern.revoke(doomed)
      expect((await get('/tap/sync', '--oauth2-bearer', doomed)).status).toBe(401)
      expect(arrived()).toHaveLength(1)
    })
  })

  describe('pages for browsers', () => {
    it.each([
      ['a navigation', NAVIGATION],
      ['a browser that does not say what it does', []],
    ])('send %s to the sign-in page, with the way back', async (_, headers) => {
      const path = '/portal/stars?a=1&b=%26%2F'
      expectSentToSignIn(await get(path, ...headers), url(), path)
      expect(arrived()).toEqual([])
    })

    it.each([
      ['a script', ['-H', 'Sec-Fetch-Mode: cors']],
      ['a form, whose content would be lost', [...NAVIGATION, '-d', 'a=1']],
    ])('do not redirect %s', async (_, words) => {
      const answer = await get('/portal/stars', ...words)
      expect([answer.status, answer.headers.has('location')]).toEqual([401, false])
      const document = `${url()}/.well-known/oauth-protected-resource/portal/stars`
      expect(answer.headers.get('www-authenticate')).toEqual([`Bearer ${REALM}, resource_metadata="${document}"`])
      expect(arrived()).toEqual([])
    })

    it('lead a user who is refused to the explanation of that very page, and only refusals do', async () => {
      const link =
        traits.refusals === 'sentences' ? `<a href="${url()}/auth/explain">` : `"help":"${url()}/auth/explain?`
      const answer = await get('/portal/stars?a=1', '--oauth2-bearer', weakToken(), ...NAVIGATION)
      expect(answer.body).toContain(link)
      if (traits.refusals === 'json') {
        const target = `${url()}/auth/explain?url=%2Fportal%2Fstars`
        expect(answer.headers.get('link')?.[0]).toContain(`<${target}>; rel="help"`)
        expect(JSON.parse(answer.body).help).toBe(target)
      }
      const session = ['-b', `postern=${await site().postern.session('ada')}`]
      const { body } = await get('/auth/explain', ...session, '-e', `${url()}/portal/stars`)
      expect(body).toContain('A token with the permission <code>exec:portal</code>.')
      expect((await get('/portal/stars', ...session, '-X', 'OPTIONS')).body).not.toContain(link)
    })

    it('say which scope is missing', async () => {
      const answer = await get('/portal/', '--oauth2-bearer', weakToken(), ...NAVIGATION)
      expect(answer.status).toBe(403)
      if (traits.refusals === 'sentences') {
        expect(answer.headers.get('content-type')).toEqual(['text/html'])
        expect(answer.body).toContain('Your token lacks the scope exec:portal.')
      } else expect(answer.headers.get('www-authenticate')?.[0]).toContain('scope="exec:portal"')
      expect(arrived()).toEqual([])
    })

    it('open for signed-in users, and never see the session', async () => {
      const session = await site().postern.session('ada')
      const answer = await get('/portal/stars', ...NAVIGATION, '-b', `postern=${session}`)
      expect(answer).toMatchObject({ status: 200, body: 'here\n' })
      expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
      expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
    })
  })
}

import { describe, expect, it } from '@jest/globals'
import { sentence } from '../support/clients/curl.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { expectSentToSignIn, expectTold, expectToldWho } from './support/answers.js'

describeWith(['caddy', 'curl'], 'A service behind Caddy and Postern', () => {
  const { url, site, echo, desk, token, weakToken, arrived, get, getWithToken } = useEchoSite('caddy')

  // biome-ignore format: a table reads in columns
  const CREDENTIALS: readonly [string, (token: string) => string[]][] = [
    ['Bearer',                (t) => ['--oauth2-bearer', t]],
    ['the password of Basic', (t) => ['-u', `x-oauth-basic:${t}`]],
    ['the user of Basic',     (t) => ['--anyauth', '-u', `${t}:`]],
    ['token',                 (t) => ['-H', `Authorization: token ${t}`]],
  ]

  it.each(CREDENTIALS)('gets the user of a token in %s, and never sees the token', async (_, credential) => {
    expect(await get('/tap/sync', ...credential(token()))).toMatchObject({ status: 200, body: 'here\n' })
    expect(arrived()).toMatchObject([
      { headers: { 'x-auth-request-user': 'ada', 'x-auth-request-email': 'ada@example.org' } },
    ])
    expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.stringify(arrived())).not.toContain(token())
  })

  const BASIC = 'Basic realm="127.0.0.1"'
  // biome-ignore format: a table reads in columns
  const REFUSED: readonly [string, () => string[], number, RegExp, string][] = [
    ['no token',            () => [],                                   401, /^This service needs a token\. Make one at http:\/\/127/, 'Bearer realm='],
    ['a password',          () => ['-u', 'ada:secret'],                 401, /^This service needs a token\./,                          'Bearer realm='],
    ['a token nobody has',  () => ['--oauth2-bearer', 'gt-x.y'],        401, /^Your token is not valid\./,                             'error="invalid_token"'],
    ['too weak a token',    () => ['--oauth2-bearer', weakToken()],     403, /^Your token lacks the scope read:tap$/,                  'scope="read:tap"'],
    ['a scheme of its own', () => ['-H', 'Authorization: Magic <b/> x'], 400, /^The Authorization header cannot be read\./,             'error="invalid_request"'],
  ]

  it.each(REFUSED)(
    'is not reached with %s, and the client gets the reason',
    async (_, credential, status, told, challenge) => {
      const answer = await get('/tap/sync', ...credential(), '-d', 'LANG=ADQL')
      expect(arrived()).toEqual([])
      expectTold(answer, status, told)
      expect(answer.headers.get('www-authenticate')).toEqual([expect.stringContaining(challenge)])
      expect(answer.headers.get('www-authenticate')?.[0]).toContain(BASIC)
    },
  )

  it('is not reached by OPTIONS that are no preflight, which get the true status', async () => {
    expect((await get('/tap/sync', '-X', 'OPTIONS')).status).toBe(404)
    expect(arrived()).toEqual([])
  })

  it('gets its own cookies, and not the session', async () => {
    await getWithToken('/tap/sync', '-b', 'theme=dark; postern=no-session; language=la')
    expect(arrived()[0]?.headers.cookie).toBe('theme=dark; language=la')
    await getWithToken('/tap/sync', '-b', 'postern=no-session')
    expect(arrived()[1]?.headers).not.toHaveProperty('cookie')
  })

  it('sees neither a user nor a credential where anonymous clients may read', async () => {
    await getWithToken('/tap/capabilities', '-b', 'postern=session', '-H', 'X-Auth-Request-User: root')
    expect(arrived()).toHaveLength(1)
    for (const name of ['x-auth-request-user', 'authorization', 'cookie'])
      expect(arrived()[0]?.headers).not.toHaveProperty(name)
  })

  it('gets the request as it was sent', async () => {
    await getWithToken('/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9', '-d', 'LANG=ADQL&QUERY=SELECT+1')
    expect(arrived()[0]).toMatchObject({
      method: 'POST',
      url: '/tap/sync?QUERY=a%26b+%2Fc&x=%C3%A9',
      body: 'LANG=ADQL&QUERY=SELECT+1',
    })
    expect((await getWithToken('/tap/sync', '--head')).status).toBe(200)
  })

  it('does not speak of authentication itself', async () => {
    expectToldWho(await getWithToken('/tap/sync'), await get('/tap/capabilities'))
  })

  describe('as pages', () => {
    it('sends a navigation to the sign-in page, with the way back', async () => {
      const path = '/portal/stars?a=1&b=%26%2F'
      const answer = await get(path, '-H', 'Sec-Fetch-Mode: navigate')
      expectSentToSignIn(answer, url(), path)
      expect(arrived()).toEqual([])
    })

    it.each([
      ['a script', ['-H', 'Sec-Fetch-Mode: cors']],
      ['a form, whose content would be lost', ['-H', 'Sec-Fetch-Mode: navigate', '-d', 'a=1']],
    ])('does not redirect %s', async (_, words) => {
      const answer = await get('/portal/stars', ...words)
      expect(answer.status).toBe(401)
      expect(answer.headers.has('location')).toBe(false)
      expect(answer.headers.get('www-authenticate')).toEqual(['Bearer realm="127.0.0.1"'])
    })

    it('says which scope is missing', async () => {
      const answer = await get('/portal/', '--oauth2-bearer', weakToken())
      expect(answer.status).toBe(403)
      expect(answer.headers.get('content-type')).toEqual(['text/html'])
      expect(answer.body).toContain('Your token lacks the scope exec:portal.')
    })

    it('takes no large body to Postern’s own pages', async () => {
      const upload = desk().file('upload', 'x'.repeat(2_000_000))
      const answer = await get('/login', '-H', 'Expect:', '--data-binary', `@${upload}`)
      expect(answer.status).toBe(413)
      expect(answer.body).toContain('The upload is larger than this service takes.')
    })

    it('opens for signed-in users', async () => {
      const session = await site().postern.session('ada')
      expect(await get('/portal/stars', '-b', `postern=${session}`)).toMatchObject({ status: 200, body: 'here\n' })
      expect(arrived()[0]?.headers).toMatchObject({ 'x-auth-request-user': 'ada' })
      expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
      expect((await get('/login')).status).toBe(200)
    })
  })

  describe('while something is down', () => {
    const outage = 'Tokens cannot be checked at the moment, so nothing was let through'

    it.each([
      ['is down', () => site().relay.cut()],
      ['hangs', () => site().relay.hang()],
    ])('is not reached when Postern %s, and clients get the reason', async (_, breakIt) => {
      await breakIt()
      const answer = await getWithToken('/tap/sync', '-d', 'x=1')
      const page = await get('/portal/')
      await site().relay.mend()
      expect(answer.status).toBe(503)
      expect(answer.headers.get('content-type')).toEqual(['application/x-votable+xml'])
      expect(answer.headers.get('retry-after')).toEqual(['10'])
      expect(sentence(answer)).toContain(outage)
      expect([page.status, page.body.includes(outage)]).toEqual([503, true])
      expect(arrived()).toEqual([])
      expect((await getWithToken('/tap/sync', '-d', 'x=1')).status).toBe(200)
    })

    it('is not taken for a refusal', async () => {
      await echo().stop()
      for (const path of ['/tap/sync', '/tap/capabilities']) {
        const answer = await getWithToken(path)
        expect(answer.status).toBe(503)
        expect(sentence(answer)).toBe('The service does not answer at the moment. Try again later')
      }
    })
  })

  describe('after all this', () => {
    it('no log holds a token, nor a query string that may hold one', async () => {
      await get(`/tap/sync?token=${token()}`, '-H', `X-Token: ${token()}`, '-H', `Referer: http://x/?t=${token()}`)
      await get(`/portal/?token=${token()}`)
      await site().relay.cut()
      await get(`/tap/sync?token=${token()}`)
      await site().relay.mend()
      const logs = site().proxy.accessLog() + site().proxy.errorLog()
      expect(logs).toContain('"uri":"/tap/sync"')
      expect(logs).not.toContain('gt-')
      expect(site().postern.logged()).not.toContain(token())
    })
  })
})

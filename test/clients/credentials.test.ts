import { describe, expect, it } from '@jest/globals'
import { sentence } from '../support/clients/curl.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { expectTold } from './support/answers.js'

type Credential = (token: string) => string[]

describeWith(['nginx', 'curl'], 'A service behind Postern', () => {
  const { url, site, desk, token, weakToken, arrived, get, getWithToken } = useEchoSite()
  const netrcFile = (content: string) => desk().file('.netrc', content)

  // biome-ignore format: a table reads in columns
  const CURL: readonly [string, Credential][] = [
    ['-u x-oauth-basic:TOKEN',           (t) => ['-u', `x-oauth-basic:${t}`]],
    ['-u TOKEN:x-oauth-basic',           (t) => ['-u', `${t}:x-oauth-basic`]],
    ['-u TOKEN:',                        (t) => ['-u', `${t}:`]],
    ['--anyauth -u x-oauth-basic:TOKEN', (t) => ['--anyauth', '-u', `x-oauth-basic:${t}`]],
    ['--oauth2-bearer TOKEN',            (t) => ['--oauth2-bearer', t]],
    ['--netrc-file FILE',                (t) => ['--netrc-file', netrcFile(netrc(t))]],
    ['Authorization: token TOKEN',       (t) => ['-H', `Authorization: token ${t}`]],
    ['Authorization: BEARER TOKEN',      (t) => ['-H', `Authorization: BEARER ${t}`]],
  ]

  it.each(CURL)('admits curl with %s', async (_, credential) => {
    expect(await get('/tap/sync', ...credential(token()))).toMatchObject({ status: 200, body: 'here\n' })
    expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
  })

  describeWith(['wget'], 'as wget sees it', () => {
    const wget = (...words: string[]) =>
      desk().run(['wget', '--no-verbose', '--output-document=-', ...words, `${url()}/tap/sync`])
    const challenges = () => site().proxy.accessLog().split('" 401 ').length

    // biome-ignore format: a table reads in columns
    const WGET: readonly [string, Credential, number][] = [
      ['--user and --password, once it is challenged', (t) => ['--user=x-oauth-basic', `--password=${t}`],                        1],
      ['.netrc, once it is challenged',                (t) => [`--netrc${netrcFile(netrc(t)) && ''}`],                            1],
      ['--auth-no-challenge, at once',                 (t) => ['--auth-no-challenge', '--user=x-oauth-basic', `--password=${t}`], 0],
      ['--header, at once',                            (t) => [`--header=Authorization: Bearer ${t}`],                            0],
    ]

    it.each(WGET)('admits it with %s', async (_, credential, expectedChallenges) => {
      const challengesBefore = challenges()
      expect(await wget(...credential(token()))).toMatchObject({ code: 0, stdout: 'here\n' })
      expect(challenges() - challengesBefore).toBe(expectedChallenges)
      expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
    })

    it('refuses it without a token', async () => {
      const { code, stdout } = await wget('--no-netrc')
      expect(code).not.toBe(0)
      expect(stdout).toBe('')
      expect(arrived()).toEqual([])
    })
  })

  const REALM = 'realm="127.0.0.1"'
  // biome-ignore format: a table reads in columns
  const REFUSED: readonly [string, () => string[], number, RegExp, string[]][] = [
    ['no token',             () => [],                                    401, /^This service needs a token\. Make one at http/, [`Bearer ${REALM}, Basic ${REALM}`]],
    ['a password',           () => ['-u', 'ada:secret'],                  401, /^This service needs a token\./,                  [`Bearer ${REALM}, Basic ${REALM}`]],
    ['a token nobody has',   () => ['--oauth2-bearer', forged(token())],  401, /^Your token is not valid\./,                     [`Bearer ${REALM}, error="invalid_token"`, `, Basic ${REALM}`]],
    ['no token as Bearer',   () => ['--oauth2-bearer', 'hello'],          401, /^Your token is not valid\./,                     [`Bearer ${REALM}, error="invalid_token"`, `, Basic ${REALM}`]],
    ['too weak a token',     () => ['--oauth2-bearer', weakToken()],      403, /^Your token lacks the scope read:tap$/,          ['error="insufficient_scope"', 'scope="read:tap"', `, Basic ${REALM}`]],
    ['a scheme of its own',  () => ['-H', 'Authorization: Magic wand'],   400, /^The Authorization header cannot be read\./,     ['error="invalid_request"', `, Basic ${REALM}`]],
  ]

  it.each(REFUSED)(
    'is not reached with %s, and the client gets the reason',
    async (_, credential, status, told, challenge) => {
      const answer = await get('/tap/sync', ...credential(), '-d', 'LANG=ADQL')
      expect(arrived()).toEqual([])
      expectTold(answer, status, told)
      const challenges = answer.headers.get('www-authenticate') ?? []
      expect(challenges).toHaveLength(1)
      for (const part of challenge) expect(challenges[0]).toContain(part)
    },
  )

  it('answers a VOTable as one, for any extension of the path', async () => {
    expect((await get('/tap/sync/x.html')).headers.get('content-type')).toEqual(['application/x-votable+xml'])
  })

  it('is not reached with a token from the moment in which it is revoked', async () => {
    const doomed = await site().postern.token('ada', { scopes: ['read:tap'], name: 'doomed' })
    expect((await get('/tap/sync', '--oauth2-bearer', doomed)).status).toBe(200)
    await site().postern.revoke(doomed)
    expect((await get('/tap/sync', '--oauth2-bearer', doomed)).status).toBe(401)
    expect(arrived()).toHaveLength(1)
  })

  it('is not reached by an upload larger than it takes', async () => {
    const answer = await getWithToken('/tap/sync', '-H', 'Content-Length: 300000000', '-d', 'x')
    expect(arrived()).toEqual([])
    expect(answer.status).toBe(413)
    expect(sentence(answer)).toBe('The upload is larger than this service takes')
  })

  describe('after all this', () => {
    it('no log holds a token', () => {
      const logs = site().proxy.accessLog() + site().proxy.errorLog()
      expect(logs).toContain('127.0.0.1 - ada [')
      expect(logs).not.toContain('gt-')
    })
  })
})

function netrc(token: string): string {
  return `machine 127.0.0.1\nlogin x-oauth-basic\npassword ${token}\n`
}

/** A true key with a secret that is not its own. */
function forged(token: string): string {
  return token.replace(/\..*/, `.${'A'.repeat(22)}`)
}

import { describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'

type Credential = (token: string) => string[]

describeWith(['nginx', 'curl'], 'A service behind Postern', () => {
  const { url, site, desk, token, arrived, get } = useEchoSite('nginx', {
    // Which neither of these clients knows.
    settings: { voLogin: { cookie: true, bearer: true } },
  })
  const netrcFile = (content: string) => desk().file('.netrc', content)

  // biome-ignore format: a table reads in columns
  const CURL: readonly [string, Credential][] = [
    ['-u x-oauth-basic:TOKEN',           (t) => ['-u', `x-oauth-basic:${t}`]],
    ['-u TOKEN:x-oauth-basic',           (t) => ['-u', `${t}:x-oauth-basic`]],
    ['-u x-oauth-basic: TOKEN, as pasted', (t) => ['-u', `x-oauth-basic:\u00A0${t}\u200B`]],
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
      await eventually(() => expect(challenges() - challengesBefore).toBe(expectedChallenges))
      expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
    })

    it('refuses it without a token', async () => {
      const { code, stdout } = await wget('--no-netrc')
      expect(code).not.toBe(0)
      expect(stdout).toBe('')
      expect(arrived()).toEqual([])
    })
  })

  it('answers a VOTable as one, for any extension of the path', async () => {
    expect((await get('/tap/sync/x.html')).headers.get('content-type')).toEqual(['application/x-votable+xml'])
  })

  describe('after all this', () => {
    it('no log holds a token', async () => {
      await eventually(() => expect(site().proxy.accessLog()).toContain('127.0.0.1 - ada ['))
      const logs = site().proxy.accessLog() + site().proxy.errorLog()
      expect(logs).not.toContain('gt-')
    })
  })
})

function netrc(token: string): string {
  return `machine 127.0.0.1\nlogin x-oauth-basic\npassword ${token}\n`
}

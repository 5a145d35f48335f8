import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openBrowser } from '../../browser/support/chromium.js'
import { moreServices } from '../../proxies/more-services.js'
import { curl } from '../../support/clients/curl.js'
import { useEchoSite } from '../../support/peers/echo-site.js'
import { PASSWORD } from '../../support/postern.js'
import { jar } from '../../support/programs/jars.mjs'
import { describeWith } from '../../support/run/requires.js'
import { type ChallengingService, startChallengingService } from './support/challenging-service.js'

const SOURCE = fileURLToPath(new URL('./support/VoClient.java', import.meta.url))
const DISCOVERY = 'https://idp.example.org/.well-known/openid-configuration'
const FORM = 'ivo://ivoa.net/sso#tls-with-password'
const BASIC_AA = 'ivo://ivoa.net/sso#BasicAA'

const settings = {
  voLogin: { cookie: true, bearer: true, discoveryUrl: DISCOVERY },
  groupMapping: { 'read:tap': ['users'] },
}

describeWith(['nginx', 'curl', 'javac'], 'A service behind Postern with a VO login', () => {
  const { url, site, desk, token, arrived, get } = useEchoSite('nginx', { settings, services: moreServices('nginx') })
  const login = () => `${url()}/auth/vo/login`
  let other: ChallengingService
  let user: string
  let nextUser = 0

  beforeAll(async () => {
    other = await startChallengingService()
  })
  afterAll(() => other.stop())
  beforeEach(async () => {
    user = `astronomer-${++nextUser}`
    await site().postern.account(user)
  })

  describeWith(['chromium'], 'as Chromium sees it', () => {
    it('opens no password box: its line of challenges begins with a scheme that browsers do not know', async () => {
      const browser = await openBrowser()
      // With which the browser would answer the box.
      const httpCredentials = { username: 'x-oauth-basic', password: token() }
      const page = await browser.newPage({ httpCredentials })
      await page.goto(`${url()}/login`)
      expect(await page.evaluate(async () => (await fetch('/tap/sync')).status)).toBe(401)
      expect(arrived()).toEqual([])
      await browser.close()
    })
  })

  // Those of the first release with a login, and of the last.
  describe.each([
    ['oldStil', '4.2'],
    ['stil', '4.3.5'],
  ] as const)('as the classes of TOPCAT and STILTS see it in %s', (library, version) => {
    describeWith([library], `(STIL ${version})`, () => {
      let classes: string

      beforeAll(async () => {
        classes = join(desk().home, library)
        mkdirSync(classes)
        const compiled = await desk().run(['javac', '-cp', jar(library), '-d', classes, SOURCE])
        expect(compiled).toMatchObject({ code: 0, stderr: '' })
      })

      async function client(schemes: string, ...words: readonly string[]): Promise<string[]> {
        const chosen = schemes === '' ? [] : [`-Dauth.schemes=${schemes}`]
        const run = await desk().run(['java', ...chosen, '-cp', `${jar(library)}:${classes}`, 'VoClient', ...words])
        expect([run.code, run.stderr.match(/^Exception.*/m)]).toEqual([0, null])
        return run.stdout.trim().split('\n')
      }
      const dialog = (scheme: string, protocol = 'tls-with-password') =>
        `asked: Login URL: ${login()}; Auth Scheme: ${scheme}; Login Protocol: ${protocol}`

      it('has challenges that it understands to the letter', async () => {
        const [challenge = ''] = (await get('/tap/sync')).headers.get('www-authenticate') ?? []
        expect(await client('', 'parse', challenge)).toEqual([
          'Bearer realm=127.0.0.1 {}',
          'Basic realm=127.0.0.1 {}',
          `ivoa_cookie {access_url=${login()}, standard_id=${FORM}}`,
          `ivoa_bearer {access_url=${login()}, discovery_url=${DISCOVERY}, standard_id=${FORM}}`,
        ])
      })

      it('opens a dialog once, takes the user’s own password there, and goes on with the cookie', async () => {
        const urls = [`${url()}/tap/sync`, `${url()}/tap/async`, `${url()}/tap/sync?again`]
        expect(await client('', 'get', user, PASSWORD, ...urls)).toEqual([
          dialog('ivoa_cookie'),
          ...urls.map(() => '200 by ivoa_cookie'),
        ])
        expect(arrived().map(({ headers }) => headers['x-auth-request-user'])).toEqual([user, user, user])
        expect(JSON.stringify(arrived())).not.toContain('gt-')
      })

      it('takes a token in the dialog, as before', async () => {
        const lines = await client('', 'get', 'x-oauth-basic', token(), `${url()}/tap/sync`)
        expect(lines).toEqual([dialog('ivoa_cookie'), '200 by ivoa_cookie'])
        expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
      })

      it('logs in for a bearer token where its user says so', async () => {
        const lines = await client('ivoa_bearer', 'get', user, PASSWORD, `${url()}/tap/sync`, `${url()}/tap/async`)
        expect(lines).toEqual([dialog('ivoa_bearer'), '200 by ivoa_bearer', '200 by ivoa_bearer'])
        expect(JSON.stringify(arrived())).not.toContain('gt-')
      })

      it('still takes a token by Basic where its user says so', async () => {
        const [asked, answer] = await client('Basic', 'get', 'x-oauth-basic', token(), `${url()}/tap/sync`)
        expect(asked).toContain('HTTP Basic Authentication (Realm: 127.0.0.1)')
        expect(answer).toBe('200 by Basic')
      })

      it('is told that a password is wrong, and gets nothing', async () => {
        const lines = await client('', 'get', user, 'wrong', `${url()}/tap/sync`)
        expect(lines.slice(0, 2)).toEqual([
          dialog('ivoa_cookie'),
          expect.stringMatching(/^told: .*401: Unauthorized - bad credentials$/),
        ])
        expect(lines.slice(2).join()).not.toContain('200')
        expect(arrived()).toEqual([])
      })

      it('logs in where signing in is optional, and reads who is signed in', async () => {
        const [asked, who] = await client('', 'check', user, PASSWORD, `${url()}/archive/capabilities`)
        expect([asked, who]).toEqual([dialog('ivoa_cookie'), expect.stringContaining(user)])
      })

      it.each(['ivoa_cookie', 'ivoa_bearer'])(
        'can send Basic to the login, if a challenge says so (%s)',
        async (scheme) => {
          other.challengeWith(`${scheme} standard_id="${BASIC_AA}", access_url="${login()}"`)
          const lines = await client(scheme, 'get', user, PASSWORD, `http://127.0.0.1:${other.port}/tap`)
          expect(lines).toEqual([dialog(scheme, 'BasicAA'), `200 by ${scheme}`])
        },
      )

      describe('at a service elsewhere, which names our login as its own,', () => {
        const elsewhere = () => `http://localhost:${other.port}/tap`
        const challenge = (scheme: string) =>
          other.challengeWith(`${scheme} standard_id="${FORM}", access_url="${login()}"`)

        it('keeps the cookie to itself', async () => {
          challenge('ivoa_cookie')
          const before = other.asked.length
          const lines = await client('', 'get', user, PASSWORD, elsewhere())
          expect(lines[0]).toBe(dialog('ivoa_cookie'))
          expect(other.asked.length).toBeGreaterThan(before)
          expect(JSON.stringify(other.asked.slice(before))).not.toContain('gt-')
        })

        it('hands over the token of ivoa_bearer, which is refused from there', async () => {
          challenge('ivoa_bearer')
          await client('ivoa_bearer', 'get', user, PASSWORD, elsewhere())
          const [, stolen = ''] = /^Bearer (gt-.*)/.exec(other.asked.at(-1)?.authorization ?? '') ?? []
          expect(stolen).not.toBe('')
          const thief = ['--interface', '127.0.7.1', '--oauth2-bearer', stolen]
          expect((await curl(desk(), ...thief, `${url()}/tap/sync`)).status).toBe(403)
          expect(arrived()).toEqual([])
          expect((await curl(desk(), '--oauth2-bearer', stolen, `${url()}/tap/sync`)).status).toBe(200)
        })
      })
    })
  })
})

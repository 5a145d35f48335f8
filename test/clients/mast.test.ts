import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { sweepIdle } from '../../server/tokens/sweep-idle.js'
import { USAGE_WRITE_LAG } from '../../server/tokens/usage-recorder.js'
import { openBrowser } from '../browser/support/chromium.js'
import { chanceOf } from '../support/chance.js'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl } from '../support/clients/curl.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { load, shippedArchive } from '../support/stores/archive.js'
import { type Astroquery, runAstroquery } from './support/astroquery.js'

const support = (file: string) => fileURLToPath(new URL(`./support/${file}`, import.meta.url))
const HOUR = 3_600
const DAY = 24 * HOUR
/** How late a token may end: uses are written by then, and instants are whole seconds. */
const LATEST = USAGE_WRITE_LAG + 1
const EXCLUSIVE = 'mast:exclusive_access'

describeWith(['nginx', 'curl', 'chromium', 'astroquery'], 'An archive with deploy/config/mast.yaml', () => {
  let echo: Echo
  let site: Site
  let desk: Desk
  let browser: Browser
  /** The requests that had reached the files' server before the test began. */
  let before = 0

  beforeAll(async () => {
    echo = await startEcho()
    const services = shippedArchive('nginx')(echo.port)
    site = await startSite({ preset: 'mast.yaml', tapPort: echo.port, services })
    desk = openDesk()
    browser = await openBrowser()
    const investigators = [
      { username: 'ada', role: 'pi' },
      { email: 'emmy@example.org', role: 'co-i' },
    ]
    await load(postern(), { id: 'OLD-1', public: true }, { id: 'GO-1', public: false, investigators })
  })
  beforeEach(() => {
    before = echo.arrivals.length
  })
  afterAll(async () => {
    await browser?.close()
    desk?.clear()
    await site?.stop()
    await echo?.stop()
  })

  const url = () => site.url
  const postern = () => site.postern
  const arrived = () => echo.arrivals.slice(before)
  const file = (program: string) => `/data/${program}/jw01_i2d.fits`
  const get = (path: string, ...words: string[]) => curl(desk, ...words, `${url()}${path}`)
  const download = (token: string, program: string) =>
    desk.run(['/bin/sh', support('download.sh'), `${url()}${file(program)}`], { MAST_API_TOKEN: token })

  async function sessionOf(username: string): Promise<string> {
    await postern().account(username)
    return postern().session(username)
  }

  /** A token as its owner makes it, with what their groups give. */
  async function tokenOf(username: string, more: object = {}): Promise<string> {
    const response = await fetch(`${url()}/auth/api/v1/users/${username}/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await sessionOf(username)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ token_name: `token ${Math.random()}`, scopes: [EXCLUSIVE], ...more }),
    })
    const { token } = (await response.json()) as { token: string }
    return token
  }

  async function signIn(username: string, options: BrowserContextOptions = {}): Promise<Page> {
    await postern().account(username)
    const context = await browser.newContext({ baseURL: url(), ...options })
    const page = await context.newPage()
    await page.goto('/tokens')
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    return page
  }

  it('gives public data to users without an account, and no other data', async () => {
    expect(await get(file('OLD-1'))).toMatchObject({ status: 200, body: 'here\n' })
    expect(arrived()[0]?.headers).toMatchObject({ 'x-auth-request-anonymous': 'true' })
    expect((await get(file('GO-1'))).status).toBe(401)
    expect(arrived()).toHaveLength(1)
  })

  it('gives them data from the instant at which their exclusive access period ends', async () => {
    await load(postern(), { id: 'GO-2', period_end: postern().now() + DAY, investigators: [] })
    postern().advance(DAY - 30)
    expect((await get(file('GO-2'))).status).toBe(401)
    postern().advance(30)
    expect((await get(file('GO-2'))).status).toBe(200)
  })

  it('gives data in that period to the investigators of the program, by user name or by address, and to no other user', async () => {
    for (const username of ['ada', 'emmy']) {
      expect(await download(await tokenOf(username), 'GO-1')).toMatchObject({ code: 0, stdout: 'here\n' })
    }
    expect(arrived().map(({ headers }) => headers['x-auth-request-user'])).toEqual(['ada', 'emmy'])
    const { code, stdout, stderr } = await download(await tokenOf('grace'), 'GO-1')
    expect([code, stdout]).toEqual([22, ''])
    expect(stderr).toContain('401')
    const bare = await tokenOf('ada', { scopes: ['mast:user:info'] })
    expect((await download(bare, 'GO-1')).code).toBe(22)
    expect(arrived()).toHaveLength(2)
  })

  it('takes a token from astroquery’s cookie where the files are, and nowhere else', async () => {
    const cookie = ['-b', `mast_token=${await tokenOf('ada')}`]
    expect((await get(file('GO-1'), ...cookie)).status).toBe(200)
    expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
    expect((await get('/tap/sync', ...cookie)).status).toBe(401)
    expect((await get('/auth/api/v1/token-info', ...cookie)).status).toBe(401)
    expect(arrived()).toHaveLength(1)
  })

  it('gives them to the grantees of an investigator, until the grant is removed', async () => {
    const grace = await tokenOf('grace')
    const page = await signIn('ada')
    await page.locator('.menu summary').click()
    await page.getByRole('link', { name: 'Exclusive-access data' }).click()
    await page.getByRole('link', { name: 'GO-1' }).click()
    await page.getByLabel('E-mail addresses of colleagues').fill('grace@example.org')
    await page.getByRole('button', { name: 'Share' }).click()
    await page.getByText('grace@example.org now has access.').waitFor()
    expect((await download(grace, 'GO-1')).code).toBe(0)
    await page.getByRole('link', { name: 'Remove grace@example.org' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('grace@example.org no longer has access.').waitFor()
    expect((await download(grace, 'GO-1')).code).toBe(22)
    await page.context().close()
  })

  it('shows users their web sessions, which they can revoke', async () => {
    const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'
    const here = await signIn('vera')
    const there = await signIn('vera', { userAgent: FIREFOX })
    await here.goto('/sessions')
    await here.getByRole('link', { name: /^Log out Firefox on Linux, signed in / }).click()
    await here.getByRole('button', { name: 'Log out', exact: true }).click()
    await here.getByText('The session was logged out.').waitFor()
    await there.goto('/tokens')
    expect(new URL(there.url()).pathname).toBe('/login')
    await here.goto('/tokens')
    expect(new URL(here.url()).pathname).toBe('/auth/tokens')
    for (const page of [here, there]) await page.context().close()
  })

  it('serves astroquery, which says who is signed in; and where to make a token, when there is none that works', async () => {
    const signInWith = (token: string) => runAstroquery({ desk, server: url() }, token)
    const { stdout } = await signInWith(await tokenOf('ada'))
    expect(stdout).toContain('MAST API token accepted, welcome ada')
    expect(stdout).toContain('eppn: ada@127.0.0.1')
    expect(stdout).toContain('after logout: anonymous None')
    const [, link] = /(\/token\?suggested_name=\S+)/.exec((await signInWith('over')).stdout) ?? []
    const page = await signIn('ada')
    await page.goto(`${link}`)
    expect(await page.getByLabel('Name').inputValue()).toBe('Astroquery')
    expect(await page.getByLabel(EXCLUSIVE).isChecked()).toBe(true)
    await page.context().close()
  })

  describe.each<Astroquery>(['astroquery', 'newAstroquery'])('as %s asks', (which) => {
    describeWith([which], 'for its downloads', () => {
      it('serves the downloads of astroquery, at the addresses that it has by itself', async () => {
        const uris = ['mast:OLD-1/a.fits', 'mast:GO-1/sec.fits']
        const { stdout } = await runAstroquery({ desk, server: url(), which }, await tokenOf('ada'), uris)
        for (const uri of uris) expect(stdout).toContain(`download: ${uri} COMPLETE None`)
        expect(readFileSync(path.join(desk.home, 'sec.fits'), 'utf8')).toBe('here\n')
        const asked = arrived().map(({ method, url, headers }) => `${method} ${url} ${headers['x-auth-request-user']}`)
        expect(asked).toEqual(
          uris.flatMap((uri) => ['HEAD', 'GET'].map((method) => `${method} /api/v0.1/Download/file?uri=${uri} ada`)),
        )
        const refused = await runAstroquery({ desk, server: url(), which }, await tokenOf('grace'), [
          'mast:GO-1/none.fits',
        ])
        expect(refused.stdout).toContain('mast:GO-1/none.fits ERROR HTTPError: 401')
        expect(arrived()).toHaveLength(4)
      })
    })
  })

  it('tells a script when its token will end', async () => {
    const { headers } = await get(file('GO-1'), '--oauth2-bearer', await tokenOf('ada'))
    const left = (name: string) => Date.parse(headers.get(name)?.[0] ?? '') / 1000 - postern().now()
    expect(left('x-token-idle-expires')).toBeGreaterThan(10 * DAY - 10)
    expect(left('x-token-idle-expires')).toBeLessThanOrEqual(10 * DAY)
    expect(left('x-token-expires')).toBeGreaterThan(60 * DAY - HOUR - 10)
    expect(left('x-token-expires')).toBeLessThanOrEqual(60 * DAY)
  })

  describe('ends a token ten days after its last use or sixty after it was made, whichever is first:', () => {
    interface Life {
      readonly token: string
      readonly end: number
      lastUsed: number
      /** The instants of the next uses. */
      readonly uses: readonly number[]
    }

    async function begin(gaps: Iterable<number>): Promise<Life> {
      const created = postern().now()
      const token = await tokenOf('ada')
      const headers = { Authorization: `Bearer ${token}` }
      const info = (await (await fetch(`${url()}/auth/api/v1/token-info`, { headers })).json()) as { expires: number }
      await postern().context.usage.flush(postern().context)
      const uses: number[] = []
      for (const gap of gaps) {
        const at = (uses.at(-1) ?? created) + gap
        if (at < created + 120 * DAY) uses.push(at)
      }
      return { token, end: info.expires, lastUsed: created, uses }
    }

    /** Asks for a file, and compares with what the two limits say. */
    async function use(life: Life): Promise<string | undefined> {
      const { token, end } = life
      const now = postern().now()
      const { status } = await fetch(`${url()}${file('GO-1')}`, { headers: { Authorization: `Bearer ${token}` } })
      // A second may have gone by on the way.
      const then = postern().now()
      await postern().context.usage.flush(postern().context)
      const mustLive = then < Math.min(end, life.lastUsed + 10 * DAY)
      const mayLive = now < Math.min(end, life.lastUsed + 10 * DAY + LATEST)
      if (status === 200) life.lastUsed = now
      if (status === 200 ? mayLive : !mustLive && status === 401) return undefined
      return `${status} after ${(now - life.lastUsed) / DAY} days without use, ${(now - end) / DAY} after its end`
    }

    it('over 120 days of scripts that come when they like, never early, and late by no more than a use takes to be written', async () => {
      const { next } = chanceOf(20261122)
      const random = () => Array.from({ length: 200 }, () => Math.floor(12 * DAY * next() ** 2) + 1)
      const every = (gap: number) => Array.from({ length: 200 }, () => gap)
      const lives: Life[] = []
      for (const gaps of [
        every(DAY),
        every(9.9 * DAY),
        every(10 * DAY - 1),
        every(10 * DAY + LATEST),
        every(61 * DAY),
      ]) {
        lives.push(await begin(gaps))
      }
      for (let count = 0; count < 15; count++) lives.push(await begin(random()))
      const edges = lives.flatMap((life) => [
        { life, at: life.end - 1 },
        { life, at: life.end },
      ])
      const agenda = [...lives.flatMap((life) => life.uses.map((at) => ({ life, at }))), ...edges]
      agenda.sort((a, b) => a.at - b.at)
      const wrong: string[] = []
      let swept = Math.floor(postern().now() / DAY)
      for (const { life, at } of agenda) {
        postern().advance(Math.max(0, at - postern().now()))
        const day = Math.floor(at / DAY)
        if (day > swept) await Promise.all([sweepIdle(postern().context), sweepExpired(postern().context)])
        swept = day
        const error = await use(life)
        if (error) wrong.push(error)
      }
      expect(agenda.length).toBeGreaterThan(400)
      expect(wrong).toEqual([])
    })
  })
})

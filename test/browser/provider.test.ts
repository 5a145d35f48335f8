import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../support/peers/identity-provider.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { openBrowser, PATIENCE_MS } from './support/chromium.js'

const TOKEN = /^gt-[\w-]{22}\.[\w-]{22}$/

describeWith(['chromium', 'nginx'], 'With an OpenID provider, behind nginx', () => {
  let institute: IdentityProvider
  let museum: IdentityProvider
  let echo: Echo
  let site: Site
  let browser: Browser

  beforeAll(async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    institute = await startIdentityProvider({
      redirectUris: [`${url}/login/keycloak/callback`],
      afterLogout: [`${url}/login`],
    })
    museum = await startIdentityProvider({ redirectUris: [`${url}/login/oidc/callback`] })
    // As many groups as a user of every project has: the ID token is almost too long for a cookie.
    const groups = ['users', ...Array.from({ length: 60 }, (_, index) => `collaboration-${index}`)]
    institute.people.set('1815', { preferred_username: 'ada', name: 'Ada Lovelace', groups })
    institute.people.set('1906', { preferred_username: 'grace', name: 'Grace Hopper', groups })
    echo = await startEcho()
    site = await startSite({
      port,
      tapPort: echo.port,
      settings: {
        keycloak: { ...CLIENT, issuer: institute.issuer, title: 'The Institute' },
        oidc: { ...CLIENT, issuer: museum.issuer, title: 'Museum' },
      },
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.stop()
    await echo?.stop()
    await museum?.stop()
    await institute?.stop()
  })

  /** A window, and what its browser complains of about our pages: the content security policy is reported there, too. */
  async function open(options = {}): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
    const context = await browser.newContext({ baseURL: site.url, ...options })
    context.setDefaultTimeout(PATIENCE_MS)
    const complaints: string[] = []
    context.on('console', (message) => {
      const isOurs = message.location().url.startsWith(`${site.url}/`)
      if (isOurs && ['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    return { page: await context.newPage(), context, complaints }
  }

  async function arrive(page: Page, who: string): Promise<void> {
    await page.getByRole('link', { name: 'Sign in with The Institute' }).click()
    await page.getByRole('heading', { name: 'Institute' }).waitFor()
    await page.getByLabel('Who are you?').fill(who)
    await page.getByRole('button', { name: 'Go on' }).click()
  }

  it.each([
    ['ada', '1815', 'with script', true],
    ['grace', '1906', 'without script', false],
  ])(
    '%s (%s) gets from the sign-in page to a token that nginx admits, and signs out again, %s',
    async (username, id, _how, javaScriptEnabled) => {
      const { page, context, complaints } = await open({ javaScriptEnabled })
      await page.goto('/auth/tokens/new?name=topcat')
      await arrive(page, id)
      await page.getByText('topcat suggests these settings').waitFor()
      await page.getByRole('checkbox', { name: 'read:tap' }).check()
      await page.getByRole('button', { name: 'Create Token' }).click()
      const token = (await page.getByRole('group', { name: 'token', exact: true }).first().textContent()) ?? ''
      expect(token).toMatch(TOKEN)
      const answer = await fetch(`${site.url}/tap/sync`, { headers: { Authorization: `Bearer ${token}` } })
      expect(answer.status).toBe(200)
      expect(echo.arrivals.at(-1)).toMatchObject({ headers: { 'x-auth-request-user': username } })

      const before = await context.cookies()
      await page.locator('summary').first().click()
      await page.getByRole('button', { name: 'Sign out' }).click()
      // The page between goes on by itself; the provider asks.
      await page.getByRole('button', { name: 'Yes, sign me out' }).click()
      await page.getByRole('link', { name: 'Sign in with The Institute' }).waitFor()
      expect(page.url()).toMatch(`${site.url}/login`)
      expect(await listSessions(site.postern.context, username, site.postern.now())).toEqual([])
      await context.addCookies(before)
      await page.goto('/auth/tokens')
      expect(new URL(page.url()).pathname).toBe('/login')
      // Not known to the provider either: it asks again.
      await arrive(page, id)
      await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
      expect(complaints).toEqual([])
      await context.close()
    },
  )

  it('a browser shows a page of nginx’s service only after signing in there, and comes back to it', async () => {
    const { page, context } = await open()
    await page.goto('/portal/?a=1&b=2')
    await arrive(page, '1815')
    await page.waitForURL(`${site.url}/portal/?a=1&b=2`)
    expect(await page.textContent('body')).toContain('here')
    expect(echo.arrivals.at(-1)?.headers.cookie ?? '').not.toContain('postern')
    await context.close()
  })
})

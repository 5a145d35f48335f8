import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type Echo, startEcho } from '../../support/peers/echo.js'
import { describeWith } from '../../support/run/requires.js'
import { type Site, startSite } from '../../support/site.js'
import { sessionCookie, someone } from '../support/browser-site.js'
import { openBrowser, PATIENCE_MS } from '../support/chromium.js'

const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/

describeWith(['chromium', 'nginx'], 'Test this token, before a TAP service behind nginx', () => {
  let echo: Echo
  let site: Site
  let browser: Browser
  const violations: string[] = []

  beforeAll(async () => {
    echo = await startEcho()
    site = await startSite({ tapPort: echo.port })
    browser = await openBrowser()
  })
  afterEach(() => expect(violations.splice(0)).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await site?.stop()
    await echo?.stop()
  })

  /** The page of a new token, of which the form was filled in by a link. */
  async function open(username: string, query: string, javaScriptEnabled = true): Promise<Page> {
    const context = await browser.newContext({ baseURL: site.url, locale: 'en-GB', javaScriptEnabled })
    context.setDefaultTimeout(PATIENCE_MS)
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text())
    })
    const cookie = await sessionCookie(site.postern, username)
    await context.addCookies([{ ...cookie, url: site.url }])
    const page = await context.newPage()
    await page.goto(`/auth/tokens/new?${query}`)
    await page.getByRole('button', { name: 'Create Token' }).click()
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    return page
  }

  const test = async (page: Page) => {
    await page.getByRole('button', { name: 'Test this token' }).click()
    const news = page.locator('[data-trial-news]:is(.good, .bad)')
    await news.waitFor()
    return news.textContent()
  }

  it('asks TAP with the token alone, and says as whom it was admitted', async () => {
    const ada = someone()
    const page = await open(ada, 'name=topcat&scope=read:tap')
    const token = TOKEN.exec(await page.content())?.[0]
    expect(await test(page)).toBe(`Works: TAP answered 200 as ${ada}.`)
    const { headers, url } = echo.arrivals.at(-1) ?? {}
    expect(url).toContain('/tap/sync?REQUEST=doQuery')
    expect(headers).toMatchObject({ 'x-auth-request-user': ada })
    expect(headers?.cookie).toBeUndefined()
    expect(JSON.stringify(echo.arrivals.at(-1))).not.toContain(String(token))
  })

  it('asks the site alone about a token that is not for TAP', async () => {
    const ada = someone()
    const page = await open(ada, 'name=images&scope=read:image')
    const before = echo.arrivals.length
    expect(await test(page)).toBe(`Works: this site knows the token as ${ada}.`)
    expect(echo.arrivals).toHaveLength(before)
  })

  it('does not take the session for the token: one that was revoked is refused', async () => {
    const page = await open(someone(), 'name=gone&scope=read:tap')
    await site.postern.revoke(TOKEN.exec(await page.content())?.[0] ?? '')
    expect(await test(page)).toMatch(/^This site does not accept the token \(401\): it was revoked/)
  })

  it('names what to mend where TAP does not admit it', async () => {
    const ada = someone()
    const page = await open(ada, 'name=topcat&scope=read:tap')
    for (const [status, sentence] of [
      [403, `This site knows the token as ${ada}, but TAP refused it (403).`],
      [404, `This site knows the token as ${ada}, but there is no TAP service at ${site.url}/tap.`],
      [500, 'There was an error (500).'],
    ] as const) {
      await page.route('**/tap/sync?*', (route) => route.fulfill({ status }))
      expect(await test(page)).toContain(sentence)
      await page.unrouteAll()
    }
    await page.route('**/token-info', (route) => route.abort())
    expect(await test(page)).toContain('There was no answer.')
  })

  it('is a line for a shell without script', async () => {
    const page = await open(someone(), 'name=topcat&scope=read:tap', false)
    expect(await page.getByRole('button', { name: 'Test this token' }).isVisible()).toBe(false)
    const command = page.getByRole('group', { name: 'command' }).filter({ hasText: '/auth/api/v1/token-info' })
    expect(await command.first().textContent()).toMatch(/^curl --config - .*\noauth2-bearer = "gt-/)
  })
})

import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { keyOf, sessionCookie, someone, useToken } from './support/browser-site.js'
import { signInWith } from './support/pages.js'

const MINUTES = 60_000

describeWith(['chromium'], 'A page that is left open', () => {
  const desk = useDesk()

  /** The list of a user whose token was just used, with the browser's clock in the test's hand. */
  async function listOf(locale?: string): Promise<Page> {
    const username = someone()
    const cookie = await sessionCookie(desk.site(), username)
    const token = await desk.site().token(username)
    await useToken(desk.site(), token)
    const page = await desk.openAs(cookie, locale === undefined ? {} : { locale })
    await page.clock.install()
    await page.goto(`/auth/tokens/${keyOf(token)}`)
    return page
  }

  const ages = (page: Page): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll('time[data-as="relative"]')].map((time) => time.firstChild.data)`)

  it('says how long ago it was now, by the minute', async () => {
    const page = await listOf()
    expect(await ages(page)).toContain('just now')
    await page.clock.runFor(5 * MINUTES)
    expect(await ages(page)).not.toContain('just now')
    expect(await ages(page)).toContain('5 minutes ago')
    await page.clock.runFor(3 * 60 * MINUTES)
    expect(await ages(page)).toContain('3 hours ago')
  })

  it('says so in the language of the page, in the zone of the browser', async () => {
    const page = await listOf('de-DE')
    await page.clock.runFor(5 * MINUTES)
    expect(await ages(page)).toContain('vor 5 Minuten')
    expect(await page.locator('time[data-as="relative"]').first().getAttribute('title')).toMatch(/ (?:MEZ|MESZ)$/)
  })

  it('counts the seconds until the next try to sign in, and says when there are none left', async () => {
    const username = someone()
    await desk.site().account(username)
    const page = await desk.open()
    await page.clock.install()
    const line = page.locator('[data-retry]')
    for (let tries = 0; tries < 12 && (await line.count()) === 0; tries++) await signInWith(page, username, 'wrong')
    const [left = 0] = [Number(await line.getAttribute('data-retry'))]
    expect(await line.textContent()).toContain(` ${left} `)
    await page.clock.runFor((left - 5) * 1000)
    expect(await line.textContent()).toContain(' 5 ')
    // Nothing is read aloud while it counts.
    expect(await line.getAttribute('aria-live')).toBe('off')
    await page.clock.runFor(6000)
    expect(await line.textContent()).toBe('You can try again now.')
  })
})

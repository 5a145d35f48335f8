import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

describeWith(['chromium'], 'Web sessions', () => {
  const { site, open } = useDesk()
  const rows = (page: Page) => page.getByRole('region', { name: 'Web Sessions' }).locator('tbody').getByRole('row')
  const row = (page: Page, browser: string) => rows(page).filter({ hasText: browser })

  async function signIn(username: string, userAgent: string, javaScriptEnabled = true): Promise<Page> {
    await site().account(username)
    const page = await open({ userAgent, javaScriptEnabled })
    await page.goto('/login')
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await rows(page).first().waitFor()
    return page
  }

  async function isSignedIn(page: Page): Promise<boolean> {
    await page.goto('/auth/tokens')
    return new URL(page.url()).pathname === '/auth/tokens'
  }

  it('are listed by browser, and the current one is marked', async () => {
    const ada = someone()
    const phone = await signIn(ada, IPHONE)
    const desk = await signIn(ada, FIREFOX)
    expect(await rows(desk).count()).toBe(2)
    expect(await row(desk, 'This session').locator('.row-name').textContent()).toBe('Firefox on Linux')
    await phone.reload()
    expect(await row(phone, 'This session').locator('.row-name').textContent()).toBe('Safari on iOS')
  })

  it.each([
    ['with script', true],
    ['without script', false],
  ])('end one by one: another, then this one (%s)', async (_name, javaScriptEnabled) => {
    const ada = someone()
    const phone = await signIn(ada, IPHONE)
    const desk = await signIn(ada, FIREFOX, javaScriptEnabled)
    await desk.getByRole('link', { name: /^Log out Safari on iOS, signed in / }).click()
    await desk.getByText('has to sign in again').waitFor()
    expect(await isSignedIn(phone)).toBe(true)
    await desk.getByRole('button', { name: 'Log out', exact: true }).click()
    await desk.getByText('The session was logged out.').waitFor()
    expect(await rows(desk).count()).toBe(1)
    expect(await isSignedIn(phone)).toBe(false)
    await desk.getByRole('button', { name: 'Log out this browser' }).click()
    await desk.getByLabel('User name').waitFor()
    expect(await isSignedIn(desk)).toBe(false)
  })

  it.each([
    ['in a dialog', true],
    ['on a page, without script', false],
  ])('all end but this one, after a question %s', async (_name, javaScriptEnabled) => {
    const ada = someone()
    const others = [await signIn(ada, IPHONE), await signIn(ada, IPHONE)]
    const desk = await signIn(ada, FIREFOX, javaScriptEnabled)
    await desk.getByRole('link', { name: 'Log out everywhere else' }).click()
    await desk.getByText('2 sessions will end:').waitFor()
    expect(await desk.getByRole('dialog', { name: 'Log out everywhere else?' }).count()).toBe(javaScriptEnabled ? 1 : 0)
    await desk.getByRole('button', { name: 'Log out everywhere else' }).click()
    await desk.getByText('All other sessions were logged out.').waitFor()
    expect(await rows(desk).count()).toBe(1)
    for (const other of others) expect(await isSignedIn(other)).toBe(false)
    expect(await isSignedIn(desk)).toBe(true)
  })
})

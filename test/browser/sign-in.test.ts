import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'
import { isFocused } from './support/keyboard.js'
import { pressTwice } from './support/pages.js'

describeWith(['chromium'], 'Signing in', () => {
  const { site, open, openAs } = useDesk()
  const button = (page: Page) => page.getByRole('button', { name: 'Sign in' })
  const usernameOf = (page: Page) => page.getByRole('textbox', { name: 'User name' })
  const passwordOf = (page: Page) => page.getByRole('textbox', { name: 'Password' })

  async function fill(page: Page, name: string, password = PASSWORD): Promise<void> {
    await usernameOf(page).fill(name)
    await passwordOf(page).fill(password)
  }

  it.each([
    ['with script', true],
    ['without script', false],
  ])(
    'with a wrong password says so at once, and shows only the user name again (%s)',
    async (_name, javaScriptEnabled) => {
      const ada = someone()
      await site().account(ada)
      const page = await open({ javaScriptEnabled })
      await page.goto('/login')
      await fill(page, ada, 'not the password')
      await button(page).click()
      const alert = page.getByRole('alert', { name: 'Incorrect user name or password' })
      await alert.waitFor()
      expect(await isFocused(page, alert)).toBe(true)
      expect(await usernameOf(page).inputValue()).toBe(ada)
      expect(await passwordOf(page).inputValue()).toBe('')
      await fill(page, ada)
      await button(page).click()
      await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    },
  )

  it('leads back to the requested page', async () => {
    const ada = someone()
    await site().account(ada)
    const page = await open()
    await page.goto('/auth/tokens/new?name=astroquery')
    await fill(page, ada)
    await button(page).click()
    await page.getByText('astroquery suggests these settings').waitFor()
    expect(page.url()).toBe(`${site().url}/auth/tokens/new?name=astroquery`)
  })

  it('leads to no other site', async () => {
    const page = await open()
    await page.goto('/login?rd=https://evil.example/')
    await page.getByText('The address to return to is not on this site.').waitFor()
    expect(await page.getByLabel('Password').count()).toBe(0)
  })

  it('sends the form once, however often the button is pressed', async () => {
    const ada = someone()
    await site().account(ada)
    const page = await open()
    await page.goto('/login')
    await fill(page, ada)
    const posts = await pressTwice(page, button(page))
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect(posts).toEqual([`${site().url}/login`])
  })

  it('offers a signed-in user to go on', async () => {
    const page = await openAs(someone())
    await page.goto('/login?rd=/auth/tokens/new')
    await page.getByRole('link', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Create a token' }).waitFor()
  })

  it('hides its cookie from scripts', async () => {
    const ada = someone()
    await site().account(ada)
    const page = await open()
    await page.goto('/login')
    await fill(page, ada)
    await button(page).click()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect((await page.context().cookies()).map(({ name }) => name)).toContain('postern')
    expect(await page.evaluate('document.cookie')).toBe('')
  })
})

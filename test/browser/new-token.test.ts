import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'
import { isFocused } from './support/keyboard.js'
import { pressTwice } from './support/pages.js'

const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/

describeWith(['chromium'], 'A new token', () => {
  // Playwright turns off the back-forward cache, which this is about.
  const { openAs } = useDesk({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })

  async function create(page: Page): Promise<string> {
    await page.goto('/auth/tokens/new')
    await page.getByLabel('Name').fill('topcat-laptop')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await page.getByRole('button', { name: 'Create Token' }).click()
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    return TOKEN.exec(await page.content())?.[0] ?? ''
  }

  /** For a form's answer that it did not keep, Chromium only asks whether to send the form again. */
  async function back(page: Page): Promise<void> {
    try {
      await page.goBack()
    } catch (error) {
      expect(String(error)).toContain('ERR_CACHE_MISS')
      await page.waitForURL(/^chrome-error:/)
    }
  }

  it('is copied by its button, which says so on the screen and to screen readers', async () => {
    const page = await openAs(someone(), { permissions: ['clipboard-read', 'clipboard-write'] })
    const token = await create(page)
    await page.getByRole('button', { name: 'Copy token' }).click()
    await page.getByRole('button', { name: 'Copied token' }).waitFor()
    expect(await page.locator('[data-copied]').textContent()).toBe('Copied.')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(token)
  })

  it('is selected where the browser does not let it be copied', async () => {
    const page = await openAs(someone())
    await page.addInitScript('delete Navigator.prototype.clipboard')
    const token = await create(page)
    await page.getByRole('button', { name: 'Copy token' }).click()
    await page.getByText('Selected: press Control and C to copy.').waitFor()
    expect(await page.evaluate('String(getSelection())')).toBe(token)
  })

  it('comes with a recipe for each program, in tabs that the arrow keys turn', async () => {
    const page = await openAs(someone())
    await create(page)
    const chosen = page.getByRole('tab', { selected: true })
    const turn = async (key: string) => {
      await page.keyboard.press(key)
      expect(await isFocused(page, chosen)).toBe(true)
      const name = (await chosen.textContent()) ?? ''
      await page.getByRole('tabpanel', { name, exact: true }).waitFor()
      expect(await page.getByRole('tabpanel').count()).toBe(1)
      return name
    }
    await page.getByRole('tab', { name: 'TOPCAT' }).focus()
    expect(await turn('ArrowRight')).toBe('STILTS')
    expect(await turn('ArrowRight')).toBe('pyVO')
    expect(await turn('ArrowLeft')).toBe('STILTS')
    expect(await turn('End')).toBe('Aladin')
    expect(await turn('ArrowRight')).toBe('TOPCAT')
    expect(await turn('ArrowLeft')).toBe('Aladin')
    expect(await turn('Home')).toBe('TOPCAT')
  })

  it('is not shown again by reloading the page', async () => {
    const page = await openAs(someone())
    const token = await create(page)
    await page.reload()
    await page.getByText('You already have a token named topcat-laptop').first().waitFor()
    expect(await page.content()).not.toContain(token)
  })

  it('is not shown again by going back', async () => {
    const page = await openAs(someone())
    const token = await create(page)
    await page.goto('/logout')
    await back(page)
    expect(await page.content()).not.toContain(token)
  })

  it('is not shown again from the back-forward cache, not even after a form', async () => {
    const page = await openAs(someone())
    const log: string[] = []
    page.on('console', (message) => log.push(message.text()))
    await page.addInitScript('addEventListener("pageshow", ({ persisted }) => persisted && console.log("from memory"))')
    const token = await create(page)
    await showAsOrdinaryPage(page)
    expect(await page.content()).toContain(token)
    await page.goto('/logout')
    await page.goBack({ waitUntil: 'commit' })
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect(log).toContain('from memory')
    expect(await page.content()).not.toContain(token)
  })

  /** Chromium never keeps a form's answer, other browsers do: shows the same page as one that it keeps. */
  async function showAsOrdinaryPage(page: Page): Promise<void> {
    const body = await page.content()
    await page.route('**/kept', (route) => route.fulfill({ body, contentType: 'text/html' }))
    await page.goto('/kept')
    await page.unrouteAll()
  }

  it('does not hold its owner: the menu leads on to the sessions', async () => {
    const page = await openAs(someone())
    await create(page)
    await page.locator('.menu > summary').click()
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('heading', { name: 'Web Sessions' }).waitFor()
  })

  it('is made once, however often the button is pressed', async () => {
    const page = await openAs(someone())
    await page.goto('/auth/tokens/new')
    await page.getByLabel('Name').fill('twice')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    const posts = await pressTwice(page, page.getByRole('button', { name: 'Create Token' }))
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    expect(posts).toHaveLength(1)
  })

  it('is gone for the next user of the computer after its owner has signed out', async () => {
    const page = await openAs(someone())
    const token = await create(page)
    await page.locator('.menu > summary').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('User name').waitFor()
    for (const left of ['the new token', 'the form', 'the list']) {
      await back(page)
      expect([left, await page.getByRole('button', { name: 'Sign out' }).count()]).toEqual([left, 0])
      expect(await page.content()).not.toContain(token)
    }
  })
})

import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../support/run/requires.js'
import { violations } from './support/accessibility.js'
import { useDesk } from './support/browser.js'
import { someone, useToken } from './support/browser-site.js'
import { isFocused } from './support/keyboard.js'
import { askToRevoke, rowMenu } from './support/pages.js'

describeWith(['chromium'], 'The question before a token is revoked', () => {
  const { site, openAs } = useDesk()

  async function ask(): Promise<{ page: Page; token: string }> {
    const ada = someone()
    const token = await site().token(ada, { name: 'topcat-laptop' })
    const page = await openAs(ada)
    await askToRevoke(page, 'topcat-laptop')
    await page.getByRole('dialog', { name: 'Revoke topcat-laptop?' }).waitFor()
    return { page, token }
  }

  it('says what is at stake, and has Cancel in focus', async () => {
    const { page, token } = await ask()
    const dialog = page.getByRole('dialog')
    const text = await dialog.textContent()
    for (const fact of [token.slice(3, 25), 'read:tap', 'Never used', 'cannot be undone']) expect(text).toContain(fact)
    expect(await isFocused(page, dialog.getByRole('link', { name: 'Cancel' }))).toBe(true)
    expect(await violations(page)).toEqual([])
  })

  it.each<[string, (page: Page) => Promise<void>]>([
    ['Escape', (page) => page.keyboard.press('Escape')],
    ['Cancel', (page) => page.getByRole('link', { name: 'Cancel' }).click()],
  ])('goes away with %s: the token lives, and the focus is where it was', async (_name, leave) => {
    const { page, token } = await ask()
    await leave(page)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await isFocused(page, rowMenu(page, 'topcat-laptop'))).toBe(true)
    expect(await useToken(site(), token)).toBe(200)
  })

  it('is a page of its own when the dialog cannot be had', async () => {
    const ada = someone()
    await site().token(ada, { name: 'topcat-laptop' })
    const page = await openAs(ada)
    await page.addInitScript('delete HTMLDialogElement.prototype.showModal')
    await page.reload()
    await askToRevoke(page, 'topcat-laptop')
    await page.waitForURL(/\/revoke$/)
    await page.getByRole('heading', { name: 'Revoke topcat-laptop?' }).waitFor()
  })

  it('leads to the sign-in page when the session has ended meanwhile', async () => {
    const ada = someone()
    await site().token(ada, { name: 'topcat-laptop' })
    const page = await openAs(ada)
    await page.context().clearCookies()
    await askToRevoke(page, 'topcat-laptop')
    await page.getByLabel('User name').waitFor()
    expect(new URL(page.url()).searchParams.get('rd')).toMatch(/\/revoke$/)
  })
})

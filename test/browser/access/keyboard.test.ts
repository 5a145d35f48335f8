import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { listUserTokens } from '../../../server/storage/postgres/tokens.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { describeWith } from '../../support/run/requires.js'
import { useDesk } from '../support/browser.js'
import { keyOf, sessionCookie, someone } from '../support/browser-site.js'
import { chooseFromMenu, tabTo } from '../support/keyboard.js'

/*
 * Each task with the keyboard alone; the journey from signing in to a token and back is in journey.test.ts. Controls
 * are found by where they lead, so that a better word for one is no failure.
 */
describeWith(['chromium'], 'With the keyboard alone', () => {
  const { site, openAs } = useDesk()

  const tokensOf = (username: string) => listUserTokens(site().context.postgres, username)
  const sessionsOf = (username: string) => listSessions(site().context, username, site().now())

  /** Tabs to what a selector finds, and presses it. */
  async function press(page: Page, selector: string, key = 'Enter'): Promise<void> {
    await tabTo(page, page.locator(selector))
    await page.keyboard.press(key)
  }

  async function pageOf(name: string): Promise<{ page: Page; username: string; key: string }> {
    const username = someone()
    const token = await site().token(username, { name, scopes: ['read:image', 'read:tap'] })
    const page = await openAs(username)
    await press(page, `main a[href="/auth/tokens/${keyOf(token)}"]`)
    await page.locator('h1', { hasText: name }).waitFor()
    return { page, username, key: keyOf(token) }
  }

  it('a user takes a permission from a token', async () => {
    const { page, username, key } = await pageOf('topcat')
    await press(page, 'main a[href$="/edit"]')
    await press(page, 'input[name="scope"][value="read:image"]', 'Space')
    await press(page, '.form .button.primary')
    await page.waitForURL((url) => !url.pathname.endsWith('/edit'))
    expect((await tokensOf(username)).find((token) => token.key === key)?.scopes).toEqual(['read:tap'])
  })

  it('a user rotates a token', async () => {
    const { page, username } = await pageOf('pipeline')
    await press(page, 'main a[href$="/rotate"]')
    await press(page, '.form .button.primary')
    await page.locator('[data-secret]').waitFor()
    expect(await tokensOf(username)).toHaveLength(2)
  })

  it('a user reads the question before a token is revoked, goes back from it, and comes again', async () => {
    const { page, username } = await pageOf('laptop')
    const link = 'main a[data-confirm-link][href$="/revoke"]'
    await press(page, link)
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.locator(`${link}:focus`).count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await press(page, 'dialog .button.danger')
    await page.getByRole('status').waitFor()
    expect(await tokensOf(username)).toEqual([])
  })

  it('a user ends all other sessions', async () => {
    const username = someone()
    await sessionCookie(site(), username)
    const page = await openAs(username)
    expect(await sessionsOf(username)).toHaveLength(2)
    await press(page, 'main a[href$="/auth/sessions/end-others"]')
    await press(page, '[data-confirm] .button.danger')
    await page.getByRole('status').waitFor()
    expect(await sessionsOf(username)).toHaveLength(1)
  })

  it('an administrator revokes everything of a user', async () => {
    const [username, administrator] = [someone(), someone()]
    await site().token(username)
    await site().account(administrator, ['admins', 'users'])
    const page = await openAs(administrator)
    await chooseFromMenu(page, page.locator('.menu-list a[href="/auth/admin"]'))
    await page.waitForURL('**/auth/admin')
    await page.goto(`/auth/admin/users/${username}`)
    await press(page, 'main a[href$="/revoke-all"]')
    await press(page, '[data-confirm] .button.danger')
    await page.getByRole('status').waitFor()
    expect(await tokensOf(username)).toEqual([])
  })
})

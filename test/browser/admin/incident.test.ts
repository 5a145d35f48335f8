import { describe, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../../support/run/requires.js'
import { overflow, violations } from '../support/accessibility.js'
import { useDesk } from '../support/browser.js'
import { someone } from '../support/browser-site.js'

describeWith(['chromium'], 'The page for an incident', () => {
  const { site, openAs } = useDesk()
  const preview = (page: Page) => page.getByRole('heading', { name: 'What would end' })

  async function openPage(javaScriptEnabled: boolean): Promise<Page> {
    const administrator = someone()
    await site().account(administrator, ['admins', 'users'])
    const page = await openAs(administrator, { javaScriptEnabled })
    await page.goto('/auth/admin/revoke')
    return page
  }

  describe.each([
    ['with script', true],
    ['without script', false],
  ] as const)('%s', (_how, javaScriptEnabled) => {
    it('finds what a leak touches, suspends it, and takes that back', async () => {
      const ada = someone()
      await site().token(ada, { name: 'leaked' })
      const page = await openPage(javaScriptEnabled)
      await page.getByLabel('Users', { exact: true }).fill(ada)
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Preview' }).click()
      await preview(page).waitFor()
      expect(new URL(page.url()).searchParams.get('user')).toBe(ada)
      await page.getByRole('link', { name: 'leaked' }).waitFor()
      // axe-core waits for timers, which a page without script does not have.
      if (javaScriptEnabled) expect(await violations(page)).toEqual([])
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      await page.getByLabel('Reason').fill('Laptop stolen')
      await page.getByRole('button', { name: 'Suspend for 24 h' }).click()
      await page.getByRole('heading', { name: 'Suspended' }).waitFor()
      await page.getByText('1 token is suspended.').waitFor()
      if (javaScriptEnabled) expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByText('None of them is suspended any more').waitFor()
    })
  })

  it('keeps what was typed below the preview while the filter changes', async () => {
    const ada = someone()
    await site().token(ada, { name: 'one' })
    const page = await openPage(true)
    await page.getByLabel('Users', { exact: true }).fill(ada)
    await preview(page).waitFor()
    await page.getByLabel('Reason').fill('Laptop stolen')
    await page.getByLabel('User token', { exact: true }).check()
    await page.waitForURL(/type=user/)
    expect(await page.getByLabel('Reason').inputValue()).toBe('Laptop stolen')
  })

  it('has of a token that is pasted only the key, in the field and in the address', async () => {
    const token = await site().token(someone(), { name: 'pasted' })
    const page = await openPage(true)
    await page.getByLabel('Token or key').fill(token)
    await preview(page).waitFor()
    expect(await page.getByLabel('Token or key').inputValue()).toBe(token.slice(3, 25))
    expect(page.url()).not.toContain(token.slice(26))
  })
})

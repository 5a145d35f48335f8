import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../../support/run/requires.js'
import { useDesk } from '../support/browser.js'
import { someone } from '../support/browser-site.js'

describeWith(['chromium'], 'The recipes', () => {
  const { openAs } = useDesk()

  const open = async (page: Page, query = '') => {
    await page.goto(`/auth/help/use${query}`)
    await page.locator('.recipes.alive').waitFor()
  }
  const first = (page: Page) => page.getByRole('tab').first().textContent()
  const chosen = (page: Page) => page.getByRole('tab', { selected: true }).textContent()

  async function keyOfTokenNamed(page: Page, name: string): Promise<string> {
    await page.goto('/auth/tokens/new')
    await page.getByLabel('Name').fill(name)
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await page.getByRole('button', { name: 'Create Token' }).click()
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    return /gt-([\w-]{22})\./.exec(await page.content())?.[1] ?? ''
  }

  it('begin with the one that was followed last', async () => {
    const page = await openAs(someone())
    await open(page)
    expect([await first(page), await chosen(page)]).toEqual(['TOPCAT', 'TOPCAT'])
    await page.getByRole('tab', { name: 'pyVO' }).click()
    await open(page)
    expect([await first(page), await chosen(page)]).toEqual(['pyVO', 'pyVO'])
    await page.getByRole('tabpanel', { name: 'pyVO' }).waitFor()
  })

  it('of a token that was named for a program begin with that', async () => {
    const page = await openAs(someone())
    await open(page)
    await page.getByRole('tab', { name: 'pyVO' }).click()
    const key = await keyOfTokenNamed(page, 'stilts-cron')
    expect([await first(page), await chosen(page)]).toEqual(['STILTS', 'STILTS'])
    await open(page, `?token=${key}`)
    expect([await first(page), await chosen(page)]).toEqual(['STILTS', 'STILTS'])
  })

  it('show one system at a time, and later the one that was chosen', async () => {
    const page = await openAs(someone())
    await open(page, '#use-curl')
    const windows = page.getByRole('button', { name: 'Windows PowerShell' })
    const recipe = page.locator('#use-curl')
    const command = recipe.getByText('curl.exe --header')
    expect(await windows.getAttribute('aria-pressed')).toBe('false')
    expect(await command.isVisible()).toBe(false)
    await windows.click()
    expect(await windows.getAttribute('aria-pressed')).toBe('true')
    expect(await command.isVisible()).toBe(true)
    expect(await recipe.getByText('curl --header @-').isVisible()).toBe(false)
    await page.reload()
    await command.waitFor()
  })

  it('show both, each by its name, without script', async () => {
    const page = await openAs(someone(), { javaScriptEnabled: false })
    await page.goto('/auth/help/use#use-curl')
    const recipe = page.locator('#use-curl')
    for (const system of ['Linux, macOS', 'Windows PowerShell'])
      expect(await recipe.getByText(system, { exact: true }).first().isVisible()).toBe(true)
    expect(await recipe.getByText('curl.exe --header').isVisible()).toBe(true)
    expect(await recipe.getByText('curl --header @-').isVisible()).toBe(true)
  })
})

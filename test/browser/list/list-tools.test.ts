import { beforeAll, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWith } from '../../support/run/requires.js'
import { useDesk } from '../support/browser.js'
import { keyOf, someone, useToken } from '../support/browser-site.js'

describeWith(['chromium'], 'The tools of the list', () => {
  const { site, openAs } = useDesk()
  const ada = someone()
  const tokens: string[] = []
  let page: Page
  const names = () => page.locator('.listing.tokens .row-name a').allTextContents()

  beforeAll(async () => {
    for (let n = 0; n < 9; n++) tokens.push(await site().token(ada, { name: n < 3 ? `pyvo-${n}` : `topcat-${n}` }))
    page = await openAs(ada)
  })

  it('show what is found while one types, in the address too, and keep the focus', async () => {
    const search = page.getByRole('searchbox', { name: 'Name, key or permission' })
    await search.fill('pyvo')
    await page.getByText('3 of 9 tokens').waitFor()
    expect((await names()).sort()).toEqual(['pyvo-0', 'pyvo-1', 'pyvo-2'])
    expect(new URL(page.url()).search).toBe('?q=pyvo')
    expect(await search.evaluate('document.activeElement.id')).toBe('list-q')
  })

  it('send no secret of a token that is pasted into the search', async () => {
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.url()))
    await page.getByRole('searchbox').fill(tokens[0] ?? '')
    await page.getByText('1 of 9 tokens').waitFor()
    expect(sent.some((url) => url.includes(keyOf(tokens[0] ?? '')))).toBe(true)
    expect(sent.filter((url) => url.includes((tokens[0] ?? '').slice(26)))).toEqual([])
    await page.getByRole('searchbox').fill('')
    await page.getByRole('checkbox', { name: 'Select topcat-8' }).waitFor()
  })

  it('revoke what is ticked after one question', async () => {
    for (const name of ['pyvo-0', 'pyvo-1']) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
    await page.getByText('Selected: 2').waitFor()
    await page.getByRole('button', { name: 'Revoke selected…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke 2 tokens?' })
    await dialog.waitFor()
    expect(await useToken(site(), tokens[0] ?? '')).toBe(200)
    await dialog.getByRole('button', { name: 'Revoke 2 tokens' }).click()
    await page.getByText('2 tokens were revoked.').waitFor()
    for (const [index, status] of [401, 401, 200].entries())
      expect(await useToken(site(), tokens[index] ?? '')).toBe(status)
  })
})

import { expect, it } from '@jest/globals'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'

describeWith(['chromium'], 'The documentation of the API', () => {
  const desk = useDesk()

  it('sends a request with the session of the user, and shows the answer', async () => {
    const page = await desk.openAs('ada')
    await page.goto('/auth/docs')
    const route = page.locator('#getUsersByUsernameTokens')
    await route.getByText('Try it').click()
    await expect(route.getByRole('textbox', { name: 'username' }).inputValue()).resolves.toBe('ada')
    await route.getByRole('button', { name: 'Send' }).click()
    const answer = route.locator('[data-answer]')
    await answer.filter({ hasText: '200' }).waitFor()
    expect(await answer.textContent()).toMatch(/^200 OK\n\[\n {2}\{\n {4}"token": "[\w-]{22}",\n {4}"username": "ada"/)
  })

  it('leaves no part of an address out of its place', async () => {
    const page = await desk.openAs('ada')
    await page.goto('/auth/docs')
    const asked: string[] = []
    await page.route('**/auth/api/**', async (route) => {
      asked.push(new URL(route.request().url()).pathname)
      await route.fulfill({ body: 'no JSON' })
    })
    const route = page.locator('#getUsersByUsernameTokensByKey')
    await route.getByText('Try it').click()
    await route.getByRole('textbox', { name: 'key' }).fill('../../audit')
    await route.getByRole('button', { name: 'Send' }).click()
    await route.locator('[data-answer]').filter({ hasText: 'no JSON' }).waitFor()
    expect(asked).toEqual(['/auth/api/v1/users/ada/tokens/..%2F..%2Faudit'])
  })

  it('offers to try nothing to a visitor who is not signed in', async () => {
    const page = await desk.open()
    await page.goto('/auth/docs')
    expect(await page.locator('.api-entry').count()).toBeGreaterThan(35)
    expect(await page.getByText('Try it').count()).toBe(0)
  })

  it('keeps its contents in view', async () => {
    const page = await desk.open({ viewport: { width: 1280, height: 800 } })
    await page.goto('/auth/docs#getHistoryTokenChanges')
    const box = await page.getByRole('navigation', { name: 'On this page' }).boundingBox()
    expect(await page.evaluate('scrollY')).toBeGreaterThan(800)
    expect(box?.y).toBeGreaterThanOrEqual(0)
  })

  it('opens a schema that a link leads to', async () => {
    const page = await desk.open()
    await page.goto('/auth/docs')
    await page.locator('#getTokenInfo').getByText('Answers (1)').click()
    await page.locator('#getTokenInfo').getByRole('link', { name: 'TokenInfo' }).click()
    expect(await page.locator('#object-TokenInfo').getAttribute('open')).toBe('')
  })

  it('is filtered, and unfolds its examples, without script', async () => {
    const page = await desk.open({ javaScriptEnabled: false })
    await page.goto('/auth/docs')
    await page.getByLabel('Filter routes').fill('grants delete')
    await page.getByRole('button', { name: 'Filter' }).click()
    expect(await page.getByText('match “grants delete”').count()).toBe(1)
    const entry = page.locator('#deleteProgramsByIdGrantsByEmail')
    expect(await page.locator('.api-entry').count()).toBe(2)
    await entry.getByText('Python', { exact: true }).click()
    expect(await entry.getByText('requests.delete(').isVisible()).toBe(true)
    // The examples of a route are one at a time.
    expect(await entry.getByText('curl --config').isVisible()).toBe(false)
  })

  it('weighs less than 50 KB in all, with every route and its examples', async () => {
    const page = await desk.openAs('ada')
    await page.goto('/auth/docs')
    expect(await desk.weigh(page)).toBeLessThan(50_000)
  })
})

import { expect, it } from '@jest/globals'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'
import { openBrowser } from './support/chromium.js'

describeWith(['chromium'], 'A browser that opens the site by another name', () => {
  const { site } = useDesk({ host: 'localhost' })

  it.each([
    ['with script', true],
    ['without script', false],
  ])(
    'signs in once, at the site’s own address, and comes to the page that it asked for (%s)',
    async (_how, javaScriptEnabled) => {
      const ada = someone()
      await site().account(ada)
      const browser = await openBrowser()
      const page = await browser.newPage({ javaScriptEnabled })
      const { port, context } = site()
      await page.goto(`http://127.0.0.1:${port}/auth/tokens/new?name=astroquery`)
      expect(new URL(page.url()).origin).toBe(context.settings.baseUrl.origin)
      await page.getByRole('textbox', { name: 'User name' }).fill(ada)
      await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('astroquery suggests these settings').waitFor()
      expect(page.url()).toBe(`http://localhost:${port}/auth/tokens/new?name=astroquery`)
      expect(await listSessions(context, ada, site().now())).toHaveLength(1)
      await browser.close()
    },
  )

  it('reads the right address where the form was open before', async () => {
    const ada = someone()
    await site().account(ada)
    const browser = await openBrowser()
    const page = await browser.newPage()
    const { port, context } = site()
    // As after a redirect that came back.
    await page.context().addCookies([{ name: 'postern-led', value: '1', url: `http://127.0.0.1:${port}` }])
    await page.goto(`http://127.0.0.1:${port}/login`)
    await page.getByRole('textbox', { name: 'User name' }).fill(ada)
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page
      .getByText(`You opened http://127.0.0.1:${port}, and the address of this site is http://localhost:${port}.`)
      .waitFor()
    expect(await listSessions(context, ada, site().now())).toEqual([])
    await page.getByRole('link', { name: `Continue at http://localhost:${port}` }).click()
    await page.getByRole('textbox', { name: 'User name' }).waitFor()
    expect(page.url()).toBe(`http://localhost:${port}/login`)
    await browser.close()
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { register, startProvider } from '../openid/support/relying-party.js'
import { PASSWORD, type RunningPostern } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { openBrowser, PATIENCE_MS } from './support/chromium.js'

/*
 * Browsers hold the redirects that follow a form to form-action, and block others without a word: no other client shows that.
 */
describeWith(['chromium'], 'A browser that comes from a client', () => {
  let postern: RunningPostern
  let client: Server
  let browser: Browser
  let callback: string

  beforeAll(async () => {
    postern = await startProvider()
    await postern.account('ada')
    client = createServer((_request, response) =>
      response.setHeader('Content-Type', 'text/html').end('<h1>Arrived</h1>'),
    )
    await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
    callback = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    client?.closeAllConnections()
    client?.close()
    await postern?.stop()
  })

  it.each([
    ['with script', true],
    ['without script', false],
  ])('signs in by the form, agrees, and arrives there with tokens, %s', async (_how, javaScriptEnabled) => {
    const party = await register(postern, { redirectUris: [callback], isOwnSite: false })
    const own = await register(postern, { redirectUris: [callback] })
    const window = await browser.newContext({ javaScriptEnabled })
    window.setDefaultTimeout(PATIENCE_MS)
    const page = await window.newPage()
    const first = await own.begin()
    await page.goto(`${postern.context.settings.baseUrl.origin}${first.path}`)
    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Arrived' }).waitFor()
    expect((await own.finish(page.url(), first)).claims()?.sub).toBe('ada')
    const second = await party.begin()
    await page.goto(`${postern.context.settings.baseUrl.origin}${second.path}`)
    await page.getByRole('button', { name: 'Sign in to Grafana' }).click()
    await page.getByRole('heading', { name: 'Arrived' }).waitFor()
    expect((await party.finish(page.url(), second)).claims()?.sub).toBe('ada')
    await window.close()
  })
})

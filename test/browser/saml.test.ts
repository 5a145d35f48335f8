import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { findPersonRow } from '../../server/storage/postgres/people.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { eventually } from '../support/eventually.js'
import { makeKeys } from '../support/peers/saml-stand-in.js'
import { type SimpleSamlPhp, simpleSamlPhpAt, startSimpleSamlPhp } from '../support/peers/simplesamlphp.js'
import type { RunningPostern } from '../support/postern.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { temporaryFolder } from '../support/run/unprivileged.js'
import { startBrowserSite } from './support/browser-site.js'
import { openBrowser, PATIENCE_MS } from './support/chromium.js'

describeWith(['chromium', 'simplesamlphp'], 'A user of SimpleSAMLphp', () => {
  let site: RunningPostern
  let provider: SimpleSamlPhp
  let browser: Browser

  beforeAll(async () => {
    const port = await freePort()
    const [ours, theirs] = await Promise.all([makeKeys('site'), makeKeys('provider')])
    const common = {
      certificate: ours.certificate,
      privateKey: ours.key,
      wantAssertionsEncrypted: true,
      usernameDomain: 'example.org',
      groupsAttribute: 'isMemberOf',
    }
    const metadata = simpleSamlPhpAt(port, '/saml2/idp/metadata.php')
    const formal = temporaryFolder('formal')
    const saml = [
      { ...common, id: 'portal', title: 'The Portal', metadata },
      { ...common, id: 'formal', title: 'The Formal Portal', metadata: join(formal, 'metadata.xml') },
    ]
    site = await startBrowserSite(undefined, { saml, localAccounts: true })
    const sites = saml.map(async ({ id }) => (await fetch(`${site.url}/login/${id}/metadata`)).text())
    provider = await startSimpleSamlPhp(port, theirs, await Promise.all(sites))
    // The same provider, as one describes itself that takes no redirects.
    const text = await (await fetch(metadata)).text()
    writeFileSync(
      join(formal, 'metadata.xml'),
      text.replace(/(<md:SingleSignOnService [^>]*)HTTP-Redirect/, '$1HTTP-POST'),
    )
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await provider?.stop()
    await site?.stop()
  })

  const sessions = () => listSessions(site.context, 'ada', site.now())

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL: site.url, ...options })
    context.setDefaultTimeout(PATIENCE_MS)
    return context.newPage()
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto('/login')
    await page.getByRole('link', { name: 'The Portal' }).click()
    await prove(page, 'ada')
  }

  async function prove(page: Page, username: string): Promise<void> {
    await page.locator('[name=username]').fill(username)
    await page.locator('[name=password]').fill('secret')
    await page.locator('[name=password]').press('Enter')
  }

  it('signs in by a form of the other site, and signs out of both', async () => {
    const page = await open()
    const form = page.waitForRequest((request) => request.url().endsWith('/login/portal/callback'))
    await signIn(page)
    expect((await (await form).allHeaders()).cookie).toBeUndefined()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect(await findPersonRow(site.context.postgres, 'ada')).toMatchObject({ name: 'Ada Lovelace' })
    expect(await sessions()).toHaveLength(1)

    await page.goto('/logout')
    await page.getByRole('button', { name: 'Sign out' }).last().click()
    await page.waitForURL(`${site.url}/login`)
    expect(await sessions()).toEqual([])
    await page.getByRole('link', { name: 'The Portal' }).click()
    await page.locator('[name=password]').waitFor()
    await page.context().close()
  })

  it('signs in without script, and the provider’s own sign-out ends the session here', async () => {
    const page = await open({ javaScriptEnabled: false })
    await signIn(page)
    await page.locator('button', { hasText: 'Submit' }).click()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect(await sessions()).toHaveLength(1)
    await page.goto(provider.signOutUrl)
    await eventually(async () => expect(await sessions()).toEqual([]))
    await page.context().close()
  })

  it('goes on by a form that sends itself, where the provider takes no redirect, and "Back" skips it', async () => {
    const page = await open()
    await page.goto('/login')
    await page.getByRole('link', { name: 'The Formal Portal' }).click()
    await page.locator('[name=password]').waitFor()
    await page.goBack()
    await page.waitForURL(`${site.url}/login`)
    await page.goForward()
    await prove(page, 'grace')
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    await page.context().close()
  })

  it('goes on by its button without script', async () => {
    const page = await open({ javaScriptEnabled: false })
    await page.goto('/login')
    await page.getByRole('link', { name: 'The Formal Portal' }).click()
    await page.getByRole('heading', { name: 'Continue to The Formal Portal' }).waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()
    await prove(page, 'grace')
    await page.locator('button', { hasText: 'Submit' }).click()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    await page.context().close()
  })
})

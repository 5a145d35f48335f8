import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import type { Browser, BrowserContext, BrowserContextOptions, LaunchOptions, Page } from 'playwright-core'
import type { RunningPostern } from '../../support/postern.js'
import { type Look, type SessionCookie, sessionCookie, startBrowserSite } from './browser-site.js'
import { openBrowser, PATIENCE_MS } from './chromium.js'
import { watch } from './watch.js'
import { Scales } from './weight.js'

export interface Desk {
  /** The Postern that the browser is pointed at. */
  site(): RunningPostern
  /** A window of a browser profile of its own, without a signed-in user. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** The same with a signed-in user, at the Security Tokens page. */
  openAs(who: string | SessionCookie, options?: BrowserContextOptions): Promise<Page>
  /** The bytes that a browser with an empty cache fetches for the page that is open: in all, headers included. */
  weigh(page: Page): Promise<number>
}

interface SiteWishes {
  readonly look?: Look
  /** More settings; asked for when the site starts. */
  readonly settings?: () => Readonly<Record<string, unknown>>
  /** The host that the browser uses; browsers have no passkeys for an IP address. */
  readonly host?: 'localhost'
}

/**
 * One Chromium and one site for the tests of a file. A test fails when a page that it opened logs an error, runs into the
 * content security policy, or asks anything of another host.
 */
export function useDesk({ look, settings, host, ...launch }: LaunchOptions & SiteWishes = {}): Desk {
  let site: RunningPostern
  let browser: Browser
  const complaints: string[] = []
  const scales = new WeakMap<BrowserContext, Scales>()

  beforeAll(async () => {
    site = await startBrowserSite(look, settings?.(), host)
    browser = await openBrowser(launch)
  })
  afterEach(() => expect(complaints.splice(0)).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await site?.stop()
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: site.context.settings.baseUrl.origin,
      locale: 'en-GB',
      timezoneId: 'Europe/Paris',
      ...options,
    })
    context.setDefaultTimeout(PATIENCE_MS)
    scales.set(context, new Scales(context))
    watch(context, site.context.settings.baseUrl.origin, (complaint) => complaints.push(complaint))
    return context.newPage()
  }

  return {
    site: () => site,
    open,
    async openAs(who, options) {
      const page = await open(options)
      await page.context().addCookies([typeof who === 'string' ? await sessionCookie(site, who) : who])
      await page.goto('/auth/tokens')
      return page
    },
    weigh: async (page) => scales.get(page.context())?.weigh(page) ?? Number.NaN,
  }
}

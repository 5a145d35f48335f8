import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import { type Desk, openDesk } from '../clients/client.js'
import { type Answer, curl } from '../clients/curl.js'
import { type ProxyName, type Site, type SiteOptions, type StartProxy, startSite } from '../site.js'
import { type Arrival, type Echo, startEcho } from './echo.js'

/** What a suite's tests find: a shipped proxy, Postern, and an echo behind both of the shipped services. */
export interface EchoSite {
  readonly url: () => string
  readonly site: () => Site
  readonly echo: () => Echo
  readonly desk: () => Desk
  /** Ada's, with the scopes of both services. */
  readonly token: () => string
  /** Ada's, with another scope. */
  readonly weakToken: () => string
  /** What has reached the services since the test began. */
  readonly arrived: () => readonly Arrival[]
  /** Asks for a path of the site with curl. */
  readonly get: (path: string, ...words: string[]) => Promise<Answer>
  readonly getWithToken: (path: string, ...words: string[]) => Promise<Answer>
}

interface EchoSiteOptions extends Pick<SiteOptions, 'settings' | 'limits'> {
  /** More services, all of them the echo on this port. */
  readonly services?: (port: number) => string
}

interface Started {
  readonly echo: Echo
  readonly site: Site
  readonly desk: Desk
  readonly token: string
  readonly weakToken: string
}

/** Call it in a `describe`: it starts everything before the first test and stops it after the last. */
export function useEchoSite(
  proxy: ProxyName | StartProxy = 'nginx',
  { services, settings, limits }: EchoSiteOptions = {},
): EchoSite {
  let started: Started | undefined
  let before = 0
  const now = (): Started => {
    if (started === undefined) throw new Error('The site only runs while a test does')
    return started
  }

  beforeAll(async () => {
    const echo = await startEcho()
    const site = await startSite({
      proxy,
      tapPort: echo.port,
      ...(services && { services: services(echo.port) }),
      ...(settings && { settings }),
      ...(limits && { limits }),
    }).catch(async (error) => {
      await echo.stop()
      throw error
    })
    const token = await site.postern.token('ada', { scopes: ['read:tap', 'exec:portal'], name: 'both' })
    const weakToken = await site.postern.token('ada', { scopes: ['read:image'], name: 'weak' })
    started = { echo, site, desk: openDesk(), token, weakToken }
  })

  beforeEach(() => {
    before = now().echo.arrivals.length
    now().echo.answerWith({})
  })

  afterAll(async () => {
    started?.desk.clear()
    await started?.site.stop()
    await started?.echo.stop()
  })

  const get = (path: string, ...words: string[]) => curl(now().desk, ...words, `${now().site.url}${path}`)
  return {
    url: () => now().site.url,
    site: () => now().site,
    echo: () => now().echo,
    desk: () => now().desk,
    token: () => now().token,
    weakToken: () => now().weakToken,
    arrived: () => now().echo.arrivals.slice(before),
    get,
    getWithToken: (path, ...words) => get(path, '--oauth2-bearer', now().token, ...words),
  }
}

import { describe, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { openBrowser } from './support/chromium.js'

const PLANTED = ['postern', '__Host-postern', '__Secure-postern-kept', '=postern'].map(
  (name) => `${name}=planted; Path=/; Secure`,
)
const ANSWER = { 'Set-Cookie': [...PLANTED, 'postern=planted; Path=/', 'theme=dark; Path=/'] }
const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'haproxy']

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith(['chromium', proxy, 'curl'], 'as it is shipped,', () => {
    const { url, echo } = useEchoSite(proxy)

    it('a browser keeps the cookies of a service, and none that passes for Postern’s', async () => {
      echo().answerWith(ANSWER)
      const browser = await openBrowser()
      try {
        const context = await browser.newContext()
        const page = await context.newPage()
        await page.goto(`${url()}/tap/capabilities`)
        expect((await context.cookies()).map(({ name, value }) => `${name}=${value}`)).toEqual(['theme=dark'])
      } finally {
        await browser.close()
      }
    })
  })
})

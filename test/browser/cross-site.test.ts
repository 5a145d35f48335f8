import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Refusal } from '../../server/core/access/refusal.js'
import { parseToken } from '../../server/core/token/token.js'
import { csrfToken } from '../../server/login/browser/csrf.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { sessionCookie, someone } from './support/browser-site.js'

describeWith(['chromium'], 'A page of a host beside the site', () => {
  const { site, open } = useDesk()
  let beside: Server
  let form = ''

  beforeAll(async () => {
    beside = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end(form))
    beside.listen(0, '127.0.0.1')
    await once(beside, 'listening')
  })
  afterAll(() => void beside.close())

  it('sends a form with the victim’s cookie, and even the right CSRF token, and changes nothing', async () => {
    const ada = someone()
    const cookie = await sessionCookie(site(), ada)
    const session = parseToken(cookie.value)
    if (session instanceof Refusal) throw new Error(session.message)
    const word = csrfToken(site().context.keys, session.key)
    form = `<form method="post" action="${site().url}/logout"><input name="csrf" value="${word}"><button>Win</button></form>`

    const browser = (await open()).context().browser()
    const context = await browser?.newContext()
    const page = await context?.newPage()
    if (!context || !page) throw new Error('There is no browser')
    await context.addCookies([cookie])
    await page.goto(`http://127.0.0.1:${(beside.address() as AddressInfo).port}/`)
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByRole('button', { name: 'Win' }).click()
    expect((await (await sent).allHeaders()).cookie).toContain(cookie.value)
    await page.getByText('A page of another site sent this.').waitFor()
    const living = await listSessions(site().context, ada, site().now())
    expect(living.map(({ key }) => key)).toEqual([session.key])
    await context.close()
  })
})

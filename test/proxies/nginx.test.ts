import { expect, it } from '@jest/globals'
import { loggedEvents } from '../storage/audit/support/events.js'
import { everyProxy } from './facts/every-proxy.js'

everyProxy('nginx', ({ url, site, arrived, get, getWithToken }) => {
  it('a forged Host makes no link, and is not what a service is told', async () => {
    const { host } = new URL(url())
    const lies = ['-H', 'Host: evil.example', '-H', 'X-Forwarded-Host: evil.example']
    const { headers } = await get('/portal/', ...lies, '-H', 'Sec-Fetch-Mode: navigate')
    expect(headers.get('location')?.[0]).toMatch(`${url()}/login?`)
    await getWithToken('/tap/sync', ...lies)
    expect(arrived()[0]?.headers).toMatchObject({ host, 'x-forwarded-host': host })
  })

  it('the id of a request is one for the check and the service, and no word of the client', async () => {
    await getWithToken('/portal/x', '-H', 'X-Request-Id: chosen-by-the-client')
    const id = arrived()[0]?.headers['x-request-id']
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    const checked = loggedEvents(site().postern).filter(({ event }) => event.action === 'check')
    expect(checked.at(-1)?.http?.request?.id).toBe(id)
  })

  it('the access log names the user', async () => {
    await getWithToken('/tap/sync')
    expect(site().proxy.accessLog()).toContain('127.0.0.1 - ada [')
  })

  it('nginx itself complains of nothing', () => {
    expect(site().proxy.errorLog()).not.toMatch(/\[(?:warn|emerg|alert|crit)\]/)
  })
})

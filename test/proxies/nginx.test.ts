import { expect, it } from '@jest/globals'
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

  it('the access log names the user', async () => {
    await getWithToken('/tap/sync')
    expect(site().proxy.accessLog()).toContain('127.0.0.1 - ada [')
  })

  it('nginx itself complains of nothing', () => {
    expect(site().proxy.errorLog()).not.toMatch(/\[(?:warn|emerg|alert|crit)\]/)
  })
})

import { expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { everyProxy } from './facts/every-proxy.js'
import { otherNames } from './facts/other-names.js'

everyProxy('nginx', (echoSite) => {
  const { site, getWithToken } = echoSite
  otherNames(echoSite)

  it('the access log names the user', async () => {
    await getWithToken('/tap/sync')
    await eventually(() => expect(site().proxy.accessLog()).toContain('127.0.0.1 - ada ['))
  })

  it('nginx itself complains of nothing', () => {
    expect(site().proxy.errorLog()).not.toMatch(/\[(?:warn|emerg|alert|crit)\]/)
  })
})

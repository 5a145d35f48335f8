import { expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.js'
import { everyProxy } from './facts/every-proxy.js'
import { otherNames } from './facts/other-names.js'

everyProxy('haproxy', (echoSite) => {
  const { site, get, getWithToken, token, arrived } = echoSite
  otherNames(echoSite)

  it('the access log names the user', async () => {
    await getWithToken('/tap/sync')
    await eventually(() => expect(site().proxy.accessLog()).toContain('127.0.0.1 - ada ['))
  })

  it('HAProxy itself complains of nothing', () => {
    expect(site().proxy.errorLog()).not.toMatch(/ALERT|WARNING/)
    expect(site().proxy.accessLog()).not.toContain('HTTPCLIENT')
  })

  it('a path without a backend of its name is closed, and so is a backend that is not named for a path', async () => {
    for (const path of ['/none/', '/closed/', '/postern/', '/public/', '/requests/', '/service-tap/'])
      expect((await get(path, '--oauth2-bearer', token())).status).toBe(404)
    expect(arrived()).toEqual([])
  })
})

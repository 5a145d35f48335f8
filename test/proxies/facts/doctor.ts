import { expect, it } from '@jest/globals'
import { systemClock } from '../../../server/core/time.js'
import { Secret } from '../../../server/core/token/secret.js'
import { askSite } from '../../../server/operate/doctor/site/ask-site.js'
import { siteFindings } from '../../../server/operate/doctor/site/findings.js'
import type { EchoSite } from '../../support/peers/echo-site.js'

/** `postern doctor URL` finds nothing wrong, and there is nothing that it does not know. */
export function doctor({ url, token }: EchoSite): void {
  it.each([
    ['/portal/headers', '/portal/ws'],
    ['/tap/headers', '/tap/ws'],
  ])('postern doctor finds nothing at %s', async (service, webSocket) => {
    const asked = { url: new URL(url()), token: new Secret(token()), service, webSocket }
    const findings = siteFindings(await askSite({ ...asked, mark: 'doctor-test', clock: systemClock }))
    expect(findings.filter(({ isWarning, isUnknown }) => isWarning || isUnknown)).toEqual([])
    expect(findings.map(({ about }) => about)).toEqual(ASKED)
  })
}

const ASKED = [
  ...[
    'Address',
    'TLS',
    'Client address',
    'Identity headers',
    'Checks',
    'Cookies',
    'Security headers',
    'Clock',
    'Cache',
  ],
  ...['Token', 'Service', 'Without a token', 'Forged headers', 'Token at the service'],
  ...['Large bodies', 'Large bodies in pieces', 'WebSocket'],
]

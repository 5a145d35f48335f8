import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '../../../server/core/time.js'
import { Secret } from '../../../server/core/token/secret.js'
import { askSite } from '../../../server/operate/doctor/site/ask-site.js'
import { siteFindings } from '../../../server/operate/doctor/site/findings.js'
import { type Echo, startEcho } from '../../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { type Fault, startGateway } from './faulty-gateway.js'

/* Each mistake of a proxy, and what the doctor warns of. */
// biome-ignore format: a table reads in columns
const FAULTS: readonly (readonly [fault: Fault, warning: RegExp])[] = [
  ['forged headers reach services',   /^Forged headers: of a client reach \/service\/headers: X-Auth-Request-User, .*Remote-User/],
  ['forged headers reach Postern',    /^Identity headers: of clients reach Postern: X-Auth-Request-User, .*Remote-User/],
  ['the checks are open',             /^Checks: clients reach \/ingress\/anonymous: close \/ingress/],
  ['the metrics are open',            /^Checks: clients reach \/health, \/metrics: close/],
  ['no check is asked for',           /^Without a token: \/service\/headers answers 200: no check is asked for there/],
  ['the token goes on',               /^Token at the service: \/service\/headers gets the token/],
  ['large bodies are refused',        /^Large bodies: of 2 MB end in 413 at \/service\/headers, small ones in 200/],
  ['large bodies end the connection', /^Large bodies: of 2 MB end in E[A-Z]+ at/],
  ['bodies in pieces are refused',    /^Large bodies in pieces: of 2 MB end in 411/],
  ['WebSockets are plain requests',   /^WebSocket: does not open at \/service\/ws \(200\): the proxy must pass Upgrade/],
  ['cookies lose their flags',        /^Cookies: the proxy changes them: postern-login lacks httponly, postern-login lacks samesite=lax/],
  ['cookies get a domain',            /^Cookies: the proxy changes them: postern-login has domain=example.org/],
  ['security headers are taken out',  /^Security headers: the proxy takes out content-security-policy/],
  ['challenges are taken out',        /^Without a token: \/service\/headers answers 401 without WWW-Authenticate/],
  ['the clock is behind',             /^Clock: is (?:600|601) seconds behind/],
  ['pages are kept, with Age',        /^Cache: one answers for Postern, .*: Age: 7, two browsers get the same answer/],
  ['pages are kept',                  /^Cache: one answers for Postern, .*: two browsers get the same answer/],
  ['services are kept',               /^Without a token: a cache answers for \/service\/headers .*: Age: 7/],
  ['X-Forwarded-For goes on',         /^Client address: the client chooses it/],
  ['another host is named',           /^Address: the proxy names the host postern/],
  ['another protocol is named',       /^Address: the proxy says https of http:/],
  ['Authorization is taken out',      /^Token: did not arrive/],
  ['services are down',               /^Service: \/service\/headers answers 502/],
]

describe('the doctor asks a living site, and', () => {
  let echo: Echo
  let postern: RunningPostern
  let token: string

  beforeAll(async () => {
    echo = await startEcho()
    postern = await startPostern()
    token = await postern.token('ada')
  })
  afterAll(async () => {
    await postern.stop()
    await echo.stop()
  })

  /** Its warnings where Postern knows the gateway's address. */
  async function warnings(fault?: Fault, more: { readonly token?: Secret; readonly host?: string } = {}) {
    const gateway = await startGateway({ posternPort: postern.port, servicePort: echo.port }, fault)
    // The port is known once it listens.
    Object.assign(postern.context.settings.baseUrl, { port: gateway.url.port })
    const url = new URL(gateway.url)
    url.hostname = more.host ?? url.hostname
    const facts = await askSite({
      url,
      token: more.token ?? new Secret(token),
      service: '/service/headers',
      webSocket: '/service/ws',
      mark: 'doctor-test',
      clock: systemClock,
    })
    await gateway.stop()
    return siteFindings(facts).flatMap(({ about, says, isWarning }) => (isWarning ? [`${about}: ${says}`] : []))
  }

  it('warns of nothing where nothing is wrong', async () => {
    expect(await warnings()).toEqual([])
  })

  it.each(FAULTS)('warns where %s, and of nothing else', async (fault, warning) => {
    expect(await warnings(fault)).toEqual([expect.stringMatching(warning)])
  })

  it('warns of another base URL', async () => {
    expect(await warnings(undefined, { host: 'localhost' })).toEqual([
      expect.stringMatching(/^Address: baseUrl is http:\/\/127\.0\.0\.1:\d+, and http:\/\/localhost:\d+ was asked/),
    ])
  })

  it('warns of a token that is not valid', async () => {
    const doomed = await postern.token('grace')
    await postern.revoke(doomed)
    expect(await warnings(undefined, { token: new Secret(doomed) })).toEqual([
      expect.stringMatching(/^Token: token-info answers 401: it has expired, was revoked/),
      expect.stringMatching(/^Service: \/service\/headers answers 401 to the token/),
    ])
  })

  it('warns of a site that does not answer, and of nothing else', async () => {
    const facts = await askSite({ url: new URL('http://127.0.0.1:1'), mark: 'doctor-test', clock: systemClock })
    expect(siteFindings(facts)).toEqual([
      { about: 'Site', says: 'http://127.0.0.1:1 does not answer: ECONNREFUSED', isWarning: true },
    ])
  })
})

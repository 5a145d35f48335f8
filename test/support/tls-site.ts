import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import { type Desk, openDesk } from './clients/client.js'
import { type Arrival, type Echo, startEcho } from './peers/echo.js'
import { type RunningPostern, startPostern } from './postern.js'
import type { RunningProxy } from './proxies/proxy.js'
import { freePort } from './run/ports.js'
import { runOrFail } from './run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from './run/unprivileged.js'
import { type ProxyName, START } from './site.js'

/** A site with TLS behind a proxy as it is shipped, with an echo for both of its services. */
export interface TlsSite {
  desk(): Desk
  url(): string
  /** Where the proxy takes `http://`. */
  plainPort(): number
  /** The file of the certificate, which is its own authority. */
  certificate(): string
  postern(): RunningPostern
  echo(): Echo
  /** A token of ada's for both services. */
  token(): string
  /** What the services were sent since the test began. */
  arrived(): readonly Arrival[]
}

/** One for the tests of a block. */
export function useTlsSite(name: ProxyName): TlsSite {
  let echo: Echo
  let gate: RunningPostern
  let proxy: RunningProxy
  let desk: Desk
  let plainPort: number
  let token: string
  let certificate: string
  let before = 0

  beforeAll(async () => {
    const port = await freePort()
    plainPort = await freePort()
    const user = await unprivilegedUser()
    const folder = temporaryFolder('certificate', user)
    const key = join(folder, 'site.key')
    certificate = join(folder, 'site.pem')
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', certificate]
    await runOrFail(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files])
    handOver(folder, user)
    desk = openDesk()
    echo = await startEcho()
    gate = await startPostern({
      baseUrl: `https://127.0.0.1:${port}`,
      settings: { groupMapping: { 'exec:portal': ['users'], 'read:tap': ['users'] } },
    })
    token = await gate.token('ada', { scopes: ['read:tap', 'exec:portal'] })
    const ports = { port, posternPort: gate.port, tapPort: echo.port, portalPort: echo.port }
    proxy = await START[name]({ ...ports, tls: { certificate, key, plainPort } })
  })

  beforeEach(() => {
    before = echo.arrivals.length
  })

  afterAll(async () => {
    desk?.clear()
    await proxy?.stop()
    await gate?.stop()
    await echo?.stop()
  })

  return {
    desk: () => desk,
    url: () => proxy.url,
    plainPort: () => plainPort,
    certificate: () => certificate,
    postern: () => gate,
    echo: () => echo,
    token: () => token,
    arrived: () => echo.arrivals.slice(before),
  }
}

import { loadSettings } from '../../server/settings/load.js'
import { type RunningPostern, startPostern } from './postern.js'
import { startCaddy, startNewCaddy } from './proxies/caddy.js'
import { startEnvoy } from './proxies/envoy.js'
import { startHaproxy } from './proxies/haproxy.js'
import { startNginx } from './proxies/nginx.js'
import type { ProxyOptions, RunningProxy } from './proxies/proxy.js'
import { freePort } from './run/ports.js'
import { type Relay, startRelay } from './stores/relay.js'

/** Two of them are the same files with Debian's Caddy and with the Caddy of today. */
export type ProxyName = 'nginx' | 'caddy' | 'newCaddy' | 'envoy' | 'haproxy'

export type StartProxy = (options: ProxyOptions) => Promise<RunningProxy>

export interface SiteOptions {
  readonly proxy?: ProxyName | StartProxy
  /** For the proxy; a free one when it is not given. */
  readonly port?: number
  readonly tapPort: number
  /** The service at /tap has both when it is not given. */
  readonly portalPort?: number
  readonly services?: string
  readonly limits?: NonNullable<ProxyOptions['limits']>
  /** Postern's settings, as the configuration file would have them. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** One of the shipped configurations in their place, of which only the address is changed. */
  readonly preset?: string
}

/** A proxy as it is shipped, nginx unless another is named, asking a real Postern. */
export interface Site {
  readonly url: string
  readonly proxy: RunningProxy
  readonly postern: RunningPostern
  /** The way from the proxy to Postern. */
  readonly relay: Relay
  stop(): Promise<void>
}

export const START: Readonly<Record<ProxyName, StartProxy>> = {
  nginx: startNginx,
  caddy: startCaddy,
  newCaddy: startNewCaddy,
  envoy: startEnvoy,
  haproxy: startHaproxy,
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const { proxy: chosen = 'nginx', port: wanted, settings, preset, tapPort, portalPort = tapPort, ...rest } = options
  const port = wanted ?? (await freePort())
  const baseUrl = `http://127.0.0.1:${port}`
  const loaded =
    preset && loadSettings({ POSTERN_CONFIG: `deploy/config/${preset}`, POSTERN_BASE_URL: baseUrl, POSTERN_PORT: '0' })
  const postern = await startPostern({ baseUrl, ...(settings && { settings }), ...(loaded && { loaded }) })
  const relay = await startRelay(postern.url)
  const stopPostern = async () => {
    await relay.stop()
    await postern.stop()
  }
  try {
    const start = typeof chosen === 'function' ? chosen : START[chosen]
    const proxy = await start({ port, posternPort: relay.port, tapPort, portalPort, ...rest })
    const stop = async () => {
      await proxy.stop()
      await stopPostern()
    }
    return { url: proxy.url, proxy, postern, relay, stop }
  } catch (error) {
    await stopPostern()
    throw error
  }
}

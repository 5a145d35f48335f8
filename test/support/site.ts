import { freePort } from './ports.js'
import { type RunningPostern, startPostern } from './postern.js'
import { startCaddy } from './proxies/caddy.js'
import { startNginx } from './proxies/nginx.js'
import type { ProxyOptions, RunningProxy } from './proxies/proxy.js'
import { type Relay, startRelay } from './relay.js'

export type ProxyName = 'nginx' | 'caddy'

export interface SiteOptions {
  readonly proxy?: ProxyName
  /** For the proxy; a free one when it is not given. */
  readonly port?: number
  readonly tapPort: number
  readonly portalPort: number
  readonly services?: string
  /** Postern's settings, as the configuration file would have them. */
  readonly settings?: Readonly<Record<string, unknown>>
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

const START: Readonly<Record<ProxyName, (options: ProxyOptions) => Promise<RunningProxy>>> = {
  nginx: startNginx,
  caddy: startCaddy,
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const { proxy: name = 'nginx', port: wanted, settings, ...rest } = options
  const port = wanted ?? (await freePort())
  const postern = await startPostern({ baseUrl: `http://127.0.0.1:${port}`, ...(settings && { settings }) })
  const relay = await startRelay(postern.url)
  const stopPostern = async () => {
    await relay.stop()
    await postern.stop()
  }
  try {
    const proxy = await START[name]({ port, posternPort: relay.port, ...rest })
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

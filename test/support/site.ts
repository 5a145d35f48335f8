import { type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/relay.js'
import { type RunningNginx, startNginx } from './nginx.js'
import { freePort } from './ports.js'

export interface SiteOptions {
  /** For nginx; a free one when it is not given. */
  readonly port?: number
  readonly tapPort: number
  readonly portalPort: number
  readonly services?: string
}

/** nginx as it is shipped, asking a real Postern. */
export interface Site {
  readonly url: string
  readonly nginx: RunningNginx
  readonly postern: RunningPostern
  /** The way from nginx to Postern. */
  readonly relay: Relay
  stop(): Promise<void>
}

export async function startSite({ port: wanted, ...rest }: SiteOptions): Promise<Site> {
  const port = wanted ?? (await freePort())
  const postern = await startPostern({ baseUrl: `http://127.0.0.1:${port}` })
  const relay = await startRelay(postern.url)
  const nginx = await startNginx({ port, posternPort: relay.port, ...rest })
  const stop = async () => {
    await nginx.stop()
    await relay.stop()
    await postern.stop()
  }
  return { url: nginx.url, nginx, postern, relay, stop }
}

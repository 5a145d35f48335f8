import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../support/run/ports.js'
import { answers, startServer, untilReady } from '../../support/run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../../support/run/unprivileged.js'

export interface RunningHubProxy {
  readonly port: number
  stop(): Promise<void>
}

/**
 * JupyterHub's own proxy, configurable-http-proxy, with the routes that a hub gives it: each path to a port of 127.0.0.1, and
 * all others to the hub.
 */
export async function startHubProxy(
  hubPort: number,
  routes: Readonly<Record<string, number>>,
): Promise<RunningHubProxy> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('hub-proxy', user)
  const [port, apiPort] = await Promise.all([freePort(), freePort()])
  handOver(folder, user)
  const ports = ['--ip', '127.0.0.1', '--port', `${port}`, '--api-ip', '127.0.0.1', '--api-port', `${apiPort}`]
  const server = startServer(
    ['/usr/bin/configurable-http-proxy', ...ports, '--default-target', `http://127.0.0.1:${hubPort}`],
    {
      user,
      // Debian's modules, whichever Node runs them.
      env: { NODE_PATH: '/usr/share/nodejs', PATH: process.env.PATH, HOME: folder },
      cwd: folder,
      log: join(folder, 'log'),
      stopSignal: 'SIGTERM',
    },
  )
  const api = `http://127.0.0.1:${apiPort}/api/routes`
  await untilReady(server, () => answers(api))
  for (const [path, target] of Object.entries(routes)) {
    const body = JSON.stringify({ target: `http://127.0.0.1:${target}` })
    const { status } = await fetch(`${api}${path}`, { method: 'POST', body })
    if (status !== 201) throw new Error(`The hub's proxy answered ${status} to the route ${path}`)
  }
  return {
    port,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

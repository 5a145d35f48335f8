import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/run/ports.js'
import { answers, startServer, untilReady } from '../../support/run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../../support/run/unprivileged.js'

const SHIPPED = fileURLToPath(new URL('../../../deploy/jupyterhub/', import.meta.url))

export interface RunningHub {
  readonly port: number
  /** The home folder of a person's notebook. */
  homeOf(username: string): string
  output(): string
  stop(): Promise<void>
}

/** JupyterHub with the files of `deploy/jupyterhub`; it starts people's servers as plain processes of one user. */
export async function startJupyterHub(postern: string): Promise<RunningHub> {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('hub', user)
  const file = (name: string) => join(folder, name)
  const [port, hubPort, proxyApiPort] = await Promise.all([freePort(), freePort(), freePort()])
  mkdirSync(file('config'))
  mkdirSync(file('home'))
  copyFileSync(join(SHIPPED, 'postern_hub.py'), file('postern_hub.py'))
  copyFileSync(join(SHIPPED, 'jupyter_server_config.py'), file('config/jupyter_server_config.py'))
  writeFileSync(file('jupyterhub_config.py'), configuration(folder, postern, { port, hubPort, proxyApiPort }))
  handOver(folder, user)

  // The hub's proxy is Debian's, and so are the modules that it needs, whichever Node runs it.
  const env = {
    NODE_PATH: '/usr/share/nodejs',
    PATH: `/usr/bin:/bin:${process.env.PATH}`,
    HOME: folder,
    LANG: 'C.UTF-8',
  }
  const server = startServer(['/usr/bin/jupyterhub', '-f', file('jupyterhub_config.py')], {
    user,
    env,
    cwd: folder,
    log: file('hub.log'),
    stopSignal: 'SIGTERM',
  })
  await untilReady(server, () => answers(`http://127.0.0.1:${port}/nb/hub/health`))
  return {
    port,
    homeOf: (username) => join(folder, 'home', username),
    output: () => server.output(),
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Ports {
  readonly port: number
  readonly hubPort: number
  readonly proxyApiPort: number
}

function configuration(folder: string, postern: string, { port, hubPort, proxyApiPort }: Ports): string {
  return `
import sys
sys.path.insert(0, "${folder}")
from postern_hub import use_postern

use_postern(c, "${postern}")
c.JupyterHub.bind_url = "http://127.0.0.1:${port}/nb/"
c.JupyterHub.hub_port = ${hubPort}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${proxyApiPort}"
c.JupyterHub.db_url = "sqlite:///${folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "${folder}/cookie-secret"
c.JupyterHub.cleanup_servers = True
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.SimpleLocalProcessSpawner.home_dir_template = "${folder}/home/{username}"
c.Spawner.environment = {"JUPYTER_CONFIG_PATH": "${folder}/config"}
c.Spawner.default_url = "/api/status"
`
}

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HOUR } from '../../../../server/core/time.js'
import { wheelFolder } from '../../../support/programs/wheels.mjs'
import { freePort } from '../../../support/run/ports.js'
import { answers } from '../../../support/run/processes.js'
import { documented } from './documented.js'
import { type Registered, startProgram, type WebClientKind } from './web-client.js'

/** The token of the test itself at the hub's API. */
const OBSERVER = 'of-this-test-alone'

/** A user as the hub's API shows them. */
interface HubUser {
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  readonly auth_state: { readonly access_token: string; readonly refresh_token: string }
}

/** JupyterHub with oauthenticator, configured as in `deploy/docs/openid.md`, with shorter intervals. */
export const hub: WebClientKind = {
  redirectPath: '/hub/oauth_callback',
  leftPath: '/hub/',
  isFailure: ({ status, url }) => status >= 400 && url.pathname === '/hub/oauth_callback',
  async start(registered) {
    const { origin } = registered
    const [hubPort, proxyApiPort] = await Promise.all([freePort(), freePort()])
    // The hub's proxy is Debian's, and so are the modules that it needs, whichever Node runs it.
    const env = {
      PYTHONPATH: wheelFolder('oauthenticator'),
      NODE_PATH: '/usr/share/nodejs',
      PATH: `${process.env.PATH}:/usr/bin`,
      JUPYTERHUB_CRYPT_KEY: randomBytes(32).toString('hex'),
    }
    const server = await startProgram(
      (folder) => {
        const file = join(folder, 'jupyterhub_config.py')
        writeFileSync(file, configuration(registered, hubPort, proxyApiPort))
        return ['python3', '-m', 'jupyterhub', '-f', file]
      },
      env,
      () => answers(`${origin}/hub/health`),
    )
    return {
      origin,
      entrance: `${origin}/hub/home`,
      exit: `${origin}/hub/logout`,
      async look(browser) {
        const { status, text } = await browser.ask(`${origin}/hub/home`)
        if (status !== 200) return undefined
        const [, username = ''] = /user: "([^"]*)"/.exec(text) ?? []
        const headers = { Authorization: `token ${OBSERVER}` }
        const answer = await fetch(`${origin}/hub/api/users/${username}`, { headers })
        const { name, admin, groups, auth_state }: HubUser = JSON.parse(await answer.text())
        const { access_token, refresh_token } = auth_state
        return { username: name, groups, isAdmin: admin, accessToken: access_token, refreshToken: refresh_token }
      },
      /** It gets new ones once those that it has have ended. */
      refresh: async (_browser, { advance }) => advance(HOUR + 1),
      stop: server.stop,
    }
  },
}

function configuration(registered: Registered, hubPort: number, proxyApiPort: number): string {
  return `
${documented('python', registered)}
c.GenericOAuthenticator.auto_login = True
c.GenericOAuthenticator.auth_refresh_age = 1
c.JupyterHub.bind_url = "${registered.origin}/"
c.JupyterHub.hub_port = ${hubPort}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${proxyApiPort}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.services = [{"name": "observer", "api_token": "${OBSERVER}"}]
c.JupyterHub.load_roles = [
    {"name": "observer", "scopes": ["admin:users", "admin:auth_state"], "services": ["observer"]}
]
`
}

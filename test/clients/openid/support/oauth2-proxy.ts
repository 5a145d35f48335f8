import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { moduleProgram } from '../../../support/programs/go.mjs'
import { answers } from '../../../support/run/processes.js'
import { documented } from './documented.js'
import { startProgram, type WebClientKind } from './web-client.js'

/** oauth2-proxy before a service, as `deploy/docs/openid.md` has it, with shorter intervals. */
export const oauth2Proxy: WebClientKind = {
  redirectPath: '/oauth2/callback',
  leftPath: '/',
  isFailure: ({ status, text }) => status === 500 && text.includes('Internal Server Error'),
  async start(registered) {
    const { origin, issuer } = registered
    const file = documented('toml', registered)
      .replace('SOME_RANDOM_TEXT_OF_32_CHARACTERS', randomBytes(16).toString('hex'))
      .replace('"5m"', '"1s"')
      .replace('http://127.0.0.1:8000/', 'static://200')
    const more = `
http_address = "${new URL(origin).host}"
cookie_secure = false
skip_provider_button = true
set_xauthrequest = true
pass_access_token = true
`
    const server = await startProgram(
      (folder) => {
        writeFileSync(join(folder, 'oauth2-proxy.cfg'), `${file}${more}`)
        return [moduleProgram('oauth2Proxy'), `--config=${join(folder, 'oauth2-proxy.cfg')}`]
      },
      {},
      () => answers(`${origin}/ping`),
    )
    const left = new URL(`${issuer}/auth/openid/logout`)
    left.searchParams.set('post_logout_redirect_uri', `${origin}/`)
    // The proxy puts the ID token in.
    const onward = `${left}&id_token_hint={id_token}`
    return {
      origin,
      entrance: `${origin}/data`,
      exit: `${origin}/oauth2/sign_out?rd=${encodeURIComponent(onward)}`,
      async look(browser) {
        const { status, headers } = await browser.ask(`${origin}/oauth2/auth`)
        if (status !== 202) return undefined
        const said = (name: string) => String(headers[`x-auth-request-${name}`])
        return {
          username: said('preferred-username'),
          groups: said('groups').split(','),
          accessToken: said('access-token'),
        }
      },
      /** It does so by itself, once its session is a second old. */
      refresh: async () => undefined,
      stop: server.stop,
    }
  },
}

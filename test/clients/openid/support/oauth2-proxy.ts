import { moduleProgram } from '../../../support/programs/go.mjs'
import { answers } from '../../../support/run/processes.js'
import { startProgram, type WebClientKind } from './web-client.js'

/** oauth2-proxy before a service, as `deploy/docs/openid.md` has it, with shorter intervals. */
export const oauth2Proxy: WebClientKind = {
  redirectPath: '/oauth2/callback',
  leftPath: '/oauth2/sign_in',
  isFailure: ({ status, text }) => status === 500 && text.includes('Internal Server Error'),
  async start({ origin, issuer, id, secret }) {
    const options = {
      'http-address': new URL(origin).host,
      provider: 'oidc',
      'oidc-issuer-url': issuer,
      'client-id': id,
      'client-secret': secret,
      'redirect-url': `${origin}/oauth2/callback`,
      scope: 'openid profile email groups offline_access',
      'code-challenge-method': 'S256',
      'email-domain': '*',
      'skip-provider-button': 'true',
      'cookie-secret': 'a'.repeat(32),
      'cookie-secure': 'false',
      'cookie-refresh': '1s',
      'whitelist-domain': new URL(issuer).host,
      'set-xauthrequest': 'true',
      'pass-access-token': 'true',
      upstream: 'static://200',
    }
    const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
    const server = await startProgram(
      () => [moduleProgram('oauth2Proxy'), ...given],
      {},
      () => answers(`${origin}/ping`),
    )
    const left = new URL(`${issuer}/auth/openid/logout`)
    left.searchParams.set('post_logout_redirect_uri', `${origin}/oauth2/sign_in`)
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

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { CLIENT_ID, type ProviderStandIn, signed, startProviderStandIn } from '../../support/peers/provider-stand-in.js'
import { type Contender, forged, ORIGINAL, type PeerKind } from './contender.js'
import { startPeer, versionOf } from './program.js'

const DAY = 86_400

/** With its session in the cookie, and with a provider's JWT. */
export const oauth2Proxy: PeerKind = {
  program: 'oauth2-proxy',
  async start(options) {
    const provider = await startProviderStandIn()
    options.atEnd(() => provider.stop())
    const file = path.join(options.folder, 'oauth2-proxy.cfg')
    const server = await startPeer(options, (port) => {
      writeFileSync(file, configuration(provider.issuer, port))
      return { args: [`--config=${file}`] }
    })
    const version = await versionOf(options.program, ['--version'])
    const cookie = await signIn(`http://127.0.0.1:${server.port}`, provider)
    const jwt = await signed(provider, '', { claims: claims() })
    const common = { version, server }
    const ask = { path: '/oauth2/auth', headers: ORIGINAL, admits: 202 }
    const contenders: Contender[] = [
      {
        ...common,
        name: 'oauth2-proxy, session cookie',
        checks: 'signature and age of the cookie; decrypts the session and reads its expiry',
        configured: 'cookie store; requests not logged',
        ask: { ...ask, valid: `Cookie: ${cookie}`, refused: `Cookie: ${forged(cookie)}` },
      },
      {
        ...common,
        name: 'oauth2-proxy, JWT',
        checks: 'RS256 signature, issuer, audience and expiry, each time',
        configured: 'skip_jwt_bearer_tokens; requests not logged',
        ask: { ...ask, valid: `Authorization: Bearer ${jwt}`, refused: `Authorization: Bearer ${forged(jwt)}` },
      },
    ]
    return contenders
  },
}

function configuration(issuer: string, port: number): string {
  return `
http_address = "127.0.0.1:${port}"
provider = "oidc"
oidc_issuer_url = "${issuer}"
client_id = "${CLIENT_ID}"
client_secret = "not used by the stand-in"
redirect_url = "http://127.0.0.1:${port}/oauth2/callback"
cookie_secret = "${randomBytes(16).toString('hex')}"
cookie_secure = false
email_domains = ["*"]
reverse_proxy = true
upstreams = ["static://202"]
set_xauthrequest = true
skip_jwt_bearer_tokens = true
request_logging = false
`
}

const claims = () => ({
  email: 'ada@example.org',
  email_verified: true,
  exp: Math.floor(Date.now() / 1000) + DAY,
})

/** Returns the cookie of a user who has signed in with the provider. */
async function signIn(origin: string, provider: ProviderStandIn): Promise<string> {
  const begun = await fetch(`${origin}/oauth2/start?rd=/`, { redirect: 'manual' })
  const { searchParams } = new URL(begun.headers.get('location') ?? '', origin)
  const id_token = await signed(provider, searchParams.get('nonce') ?? '', { claims: claims() })
  const tokens = { access_token: 'an-access-token', token_type: 'Bearer', expires_in: DAY, id_token }
  provider.answer = {
    raw: (response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(tokens)),
  }
  const callback = `${origin}/oauth2/callback?code=any&state=${encodeURIComponent(searchParams.get('state') ?? '')}`
  const ended = await fetch(callback, { redirect: 'manual', headers: { cookie: cookiesOf(begun) } })
  const session = ended.headers.getSetCookie().find((each) => each.startsWith('_oauth2_proxy='))
  if (session === undefined) throw new Error(`oauth2-proxy did not sign in: ${ended.status} ${await ended.text()}`)
  return session.split(';')[0] ?? ''
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
}

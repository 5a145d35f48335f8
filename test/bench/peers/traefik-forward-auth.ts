import { createHmac, randomBytes } from 'node:crypto'
import { FORWARDED, type PeerKind } from './contender.js'
import { startPeer, versionOf } from './program.js'

const HOST = 'data.example.org'

export const traefikForwardAuth: PeerKind = {
  program: 'traefik-forward-auth',
  async start(options) {
    const secret = randomBytes(16).toString('hex')
    const env = (port: number) => ({
      PORT: String(port),
      SECRET: secret,
      PROVIDERS_GOOGLE_CLIENT_ID: 'bench',
      PROVIDERS_GOOGLE_CLIENT_SECRET: 'bench',
    })
    const server = await startPeer(options, (port) => ({ args: [], env: env(port) }))
    return [
      {
        name: 'traefik-forward-auth, cookie',
        version: await versionOf(options.program),
        checks: 'HMAC-SHA256 and expiry',
        configured: 'default logs: warnings',
        server,
        ask: {
          path: '/',
          host: HOST,
          headers: FORWARDED,
          valid: `Cookie: _forward_auth=${cookieOf(secret)}`,
          refused: `Cookie: _forward_auth=${cookieOf(randomBytes(16).toString('hex'))}`,
        },
      },
    ]
  },
}

/** As it makes it after a sign-in: `base64url(HMAC of host, address and expiry)|expiry|address`. */
function cookieOf(secret: string): string {
  const email = 'ada@example.org'
  const expires = Math.floor(Date.now() / 1000) + 43_200
  const mac = createHmac('sha256', secret).update(HOST).update(email).update(String(expires)).digest('base64')
  return `${mac.replaceAll('+', '-').replaceAll('/', '_')}|${expires}|${email}`
}

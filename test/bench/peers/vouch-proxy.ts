import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { SignJWT } from 'jose'
import { forged, ORIGINAL, type PeerKind } from './contender.js'
import { startPeer, versionOf } from './program.js'

const ISSUER = 'Vouch'
const DOMAIN = 'example.org'

export const vouchProxy: PeerKind = {
  program: 'vouch-proxy',
  async start(options) {
    const secret = randomBytes(48).toString('base64')
    mkdirSync(path.join(options.folder, 'config'))
    const server = await startPeer(options, (port) => {
      writeFileSync(path.join(options.folder, 'config/config.yml'), configuration(secret, port))
      return { args: [], env: { VOUCH_ROOT: `${options.folder}/` } }
    })
    const jwt = await tokenOf(secret)
    return [
      {
        name: 'vouch-proxy, cookie',
        version: await versionOf(options.program, ['-version']),
        checks: 'HS256 signature, expiry and domain, once; then the answer is in its cache for 20 minutes',
        configured: 'HS256, compressed; logs warnings',
        server,
        ask: {
          path: '/validate',
          host: `data.${DOMAIN}`,
          headers: ORIGINAL,
          valid: `Cookie: VouchCookie=${cookieOf(jwt)}`,
          refused: `Cookie: VouchCookie=${cookieOf(forged(jwt))}`,
        },
      },
    ]
  },
}

function configuration(secret: string, port: number): string {
  return `
vouch:
  logLevel: warn
  listen: 127.0.0.1
  port: ${port}
  domains: [${DOMAIN}]
  jwt:
    secret: ${secret}
    issuer: ${ISSUER}
  cookie:
    name: VouchCookie
oauth:
  provider: oidc
  client_id: bench
  client_secret: bench
  auth_url: http://127.0.0.1/authorize
  token_url: http://127.0.0.1/token
  user_info_url: http://127.0.0.1/userinfo
  callback_url: https://vouch.${DOMAIN}/auth
`
}

/** As vouch-proxy makes it after a sign-in. */
function tokenOf(secret: string): Promise<string> {
  const claims = { username: 'ada@example.org', CustomClaims: {}, PAccessToken: '', PIdToken: '', aud: DOMAIN }
  return new SignJWT({ ...claims, iss: ISSUER })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('4h')
    .sign(Buffer.from(secret))
}

const cookieOf = (jwt: string) => gzipSync(jwt).toString('base64').replaceAll('+', '-').replaceAll('/', '_')

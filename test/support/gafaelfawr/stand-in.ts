import { createDecipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'cookie'
import type { Redis } from 'ioredis'
import type { GafaelfawrValue } from './values.js'

/**
 * A fake of Gafaelfawr, which cannot run here: it answers `/ingress/auth` alone. It decides as Gafaelfawr does, by the encrypted
 * values of its Redis and nothing else.
 */
export interface GafaelfawrStandIn {
  readonly port: number
  /** How many checks it has answered. */
  answered(): number
  stop(): Promise<void>
}

interface Parts {
  readonly redis: Redis
  readonly sessionSecret: string
  /** Seconds: Redis' own clock does not run ahead with the test's. */
  readonly now: () => number
}

export async function startGafaelfawrStandIn(parts: Parts): Promise<GafaelfawrStandIn> {
  let answered = 0
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://gafaelfawr')
    admitted(parts, request.headers)
      .then((token) => {
        answered += 1
        if (!token) return response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="gafaelfawr"' }).end()
        const isMissing = searchParams.getAll('scope').some((scope) => !token.scopes.includes(scope))
        if (isMissing) return response.writeHead(403).end()
        return response.writeHead(200, { 'X-Auth-Request-User': token.username }).end()
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, answered: () => answered, stop: () => stop(server) }
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function admitted(parts: Parts, headers: IncomingHttpHeaders): Promise<GafaelfawrValue | undefined> {
  const presented = presentedBy(parts, headers)
  const [, key, secret] = /^gt-([^.]{22})\.(.{22})$/.exec(presented ?? '') ?? []
  const stored = key === undefined ? null : await parts.redis.get(`token:${key}`)
  if (stored === null) return undefined
  const value = JSON.parse(decrypt(parts.sessionSecret, stored)) as GafaelfawrValue
  const isWhole = value.token.key === key && value.token.secret === secret
  return isWhole && (value.expires === null || value.expires > parts.now()) ? value : undefined
}

/** The cookie first, and no header if it has a token. */
function presentedBy({ sessionSecret }: Parts, { cookie, authorization = '' }: IncomingHttpHeaders) {
  const state = parse(cookie ?? '').gafaelfawr
  const { token } = state === undefined ? {} : (JSON.parse(decrypt(sessionSecret, state)) as { token?: string })
  if (token !== undefined) return token
  const [, scheme = '', rest = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? []
  return scheme.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString().split(':')[0] : rest
}

function decrypt(secret: string, value: string): string {
  const [keys, bytes] = [Buffer.from(secret, 'base64url'), Buffer.from(value, 'base64url')]
  const [signed, mac] = [bytes.subarray(0, -32), bytes.subarray(-32)]
  const expected = createHmac('sha256', keys.subarray(0, 16)).update(signed).digest()
  if (!mac.equals(expected)) throw new Error('InvalidToken')
  const decipher = createDecipheriv('aes-128-cbc', keys.subarray(16), signed.subarray(9, 25))
  return decipher.update(signed.subarray(25), undefined, 'utf8') + decipher.final('utf8')
}

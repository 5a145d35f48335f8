import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'

/** A site that approves every code at once: polling the real one takes five seconds. */
export interface QuickSite {
  readonly url: string
  /** The site as files and the keyring name it. */
  readonly account: string
  /** The requests, as method and path. */
  readonly asked: string[]
  /** The token that is valid now; what was rotated or revoked is not. */
  token(): string
  /** Whether the next requests for a token are cut off, as by a restart. */
  cutOff(times: number): void
  stop(): void
}

const newToken = () => `gt-${randomBytes(16).toString('base64url')}.${randomBytes(16).toString('base64url')}`

/** With TLS where it gets a key and its certificate. */
export async function startQuickSite(tls?: { readonly key: string; readonly cert: string }): Promise<QuickSite> {
  const asked: string[] = []
  let token = newToken()
  let cuts = 0

  const answers: Readonly<Record<string, () => unknown>> = {
    'POST /auth/openid/device/code': () => ({
      ...{ device_code: 'device', user_code: 'BCDF-GHJK', verification_uri: 'https://data.example.org/auth/device' },
      ...{ expires_in: 60, interval: 0 },
    }),
    'POST /auth/openid/token': () => ({ access_token: token, scope: 'user:token', token_name: 'laptop' }),
    'POST /auth/openid/revoke': () => {
      token = newToken()
    },
    'GET /auth/api/v1/user-info': () => ({ username: 'ada' }),
    'GET /auth/api/v1/token-info': () => view(),
    'GET /auth/api/v1/users/ada/tokens': () => [view()],
    'POST /rotate': () => {
      token = newToken()
      return { token }
    },
  }
  const view = () => ({
    ...{ token: token.slice(3, 25), token_name: 'laptop', token_type: 'user' },
    ...{ username: 'ada', scopes: ['user:token'] },
  })

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const what = `${request.method} ${request.url?.replace(/.*(?=\/rotate$)/, '')}`
    asked.push(what)
    if (what.endsWith('/openid/token') && cuts > 0) {
      cuts -= 1
      request.socket.destroy()
    } else if (what.includes('/api/') && request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end('{}')
    } else {
      const body = answers[what]?.()
      response.setHeader('Content-Type', 'application/json')
      response.end(body === undefined ? '' : JSON.stringify(body))
    }
  }

  const take = (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => answer(request, response))
  }
  const server = (tls ? https.createServer(tls, take) : createServer(take)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    account: `127.0.0.1_${port}`,
    asked,
    token: () => token,
    cutOff: (times) => {
      cuts = times
    },
    stop: () => void server.close(),
  }
}

import { once } from 'node:events'
import {
  request as ask,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { IDENTITY_HEADERS } from '../../../server/core/access/arrival.js'

/** The mistakes that an operator's own proxy may have. */
export type Fault =
  | 'forged headers reach services'
  | 'forged headers reach Postern'
  | 'the checks are open'
  | 'the metrics are open'
  | 'no check is asked for'
  | 'the token goes on'
  | 'large bodies are refused'
  | 'bodies in pieces are refused'
  | 'large bodies end the connection'
  | 'WebSockets are plain requests'
  | 'cookies lose their flags'
  | 'cookies get a domain'
  | 'security headers are taken out'
  | 'challenges are taken out'
  | 'the clock is behind'
  | 'pages are kept, with Age'
  | 'pages are kept'
  | 'services are kept'
  | 'X-Forwarded-For goes on'
  | 'another host is named'
  | 'another protocol is named'
  | 'Authorization is taken out'
  | 'services are down'

interface Gateway {
  readonly url: URL
  stop(): Promise<void>
}

interface Behind {
  readonly posternPort: number
  readonly servicePort: number
}

interface Stored {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

/** A proxy of a few lines, right but for one fault. */
export async function startGateway({ posternPort, servicePort }: Behind, fault?: Fault): Promise<Gateway> {
  const has = (each: Fault) => fault === each
  const stored = new Map<string, Stored>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '/', headers } = request
    const isService = path.startsWith('/service/')
    const isKept = isService ? has('services are kept') : has('pages are kept') || has('pages are kept, with Age')
    const kept = isKept && request.method === 'GET' ? stored.get(path) : undefined
    if (kept) {
      const age = has('pages are kept') ? {} : { Age: '7' }
      return void response.writeHead(kept.status, { ...kept.headers, ...age }).end(kept.body)
    }
    if (/^\/ingress/.test(path) && !has('the checks are open')) return void response.writeHead(404).end()
    if (/^\/(?:health|metrics)/.test(path) && !has('the metrics are open')) return void response.writeHead(404).end()
    const answer = isService
      ? await serve(request, path)
      : await forward(posternPort, request, pageHeaders(path, headers))
    const changed = { ...answer, headers: answerHeaders(answer.headers) }
    if (isKept && answer.status === 200) stored.set(path, changed)
    response.writeHead(changed.status, changed.headers).end(changed.body)
  }

  async function serve(request: IncomingMessage, path: string): Promise<Stored> {
    const { headers } = request
    if (has('large bodies end the connection') && Number(headers['content-length']) > 1e6) request.socket.destroy()
    if (has('large bodies are refused') && Number(headers['content-length']) > 1e6) return refuse(413)
    if (has('bodies in pieces are refused') && headers['transfer-encoding']) return refuse(411)
    if (has('services are down')) return refuse(502)
    const asked = { 'x-original-url': `http://127.0.0.1${path}`, 'x-original-method': request.method ?? 'GET' }
    const credential = headers.authorization === undefined ? {} : { authorization: headers.authorization }
    const check = await send(posternPort, '/ingress/auth?scope=read:tap', { headers: { ...asked, ...credential } })
    if (check.status !== 200 && !has('no check is asked for')) return check
    return forward(servicePort, request, {
      ...(has('forged headers reach services') ? headers : withoutIdentity(headers)),
      ...(has('the token goes on') ? {} : { authorization: '' }),
    })
  }

  function pageHeaders(path: string, headers: IncomingHttpHeaders): OutgoingHttpHeaders {
    const { authorization, ...others } = has('forged headers reach Postern') ? headers : withoutIdentity(headers)
    // A proxy that says nothing of a client gets these.
    if (/^\/(?:health|metrics)/.test(path)) return {}
    return {
      ...others,
      ...(!has('Authorization is taken out') && authorization !== undefined && { authorization }),
      'x-forwarded-for': has('X-Forwarded-For goes on') ? headers['x-forwarded-for'] : '127.0.0.1',
      'x-forwarded-host': has('another host is named') ? 'postern' : headers.host,
      'x-forwarded-proto': has('another protocol is named') ? 'https' : 'http',
    }
  }

  function answerHeaders(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const changed = { ...headers }
    const cookies = [changed['set-cookie'] ?? []].flat().map(String)
    if (has('cookies lose their flags')) changed['set-cookie'] = cookies.map((each) => each.replace(/; HttpOnly.*/, ''))
    if (has('cookies get a domain')) changed['set-cookie'] = cookies.map((each) => `${each}; Domain=example.org`)
    if (has('security headers are taken out')) delete changed['content-security-policy']
    if (has('challenges are taken out')) delete changed['www-authenticate']
    if (has('the clock is behind')) changed.date = new Date(Date.now() - 600_000).toUTCString()
    return changed
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  if (!has('WebSockets are plain requests'))
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function refuse(status: number): Stored {
  return { status, headers: {}, body: Buffer.alloc(0) }
}

function withoutIdentity(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const names = new Set(IDENTITY_HEADERS.map((name) => name.toLowerCase()))
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)))
}

async function forward(port: number, request: IncomingMessage, headers: OutgoingHttpHeaders): Promise<Stored> {
  const { 'transfer-encoding': _pieces, 'content-length': _length, connection: _kept, ...others } = headers
  const sent = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '' && value !== undefined))
  const body = await buffer(request)
  return send(port, request.url ?? '/', { method: request.method ?? 'GET', headers: sent, body })
}

interface Sent {
  readonly method?: string
  readonly headers: OutgoingHttpHeaders
  readonly body?: Buffer
}

async function send(port: number, path: string, { body, ...options }: Sent): Promise<Stored> {
  const request = ask({ host: '127.0.0.1', port, path, agent: false, ...options }).end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const { connection: _connection, 'transfer-encoding': _pieces, ...headers } = response.headers
  return { status: response.statusCode ?? 0, headers, body: await buffer(response) }
}

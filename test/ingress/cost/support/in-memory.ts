import { createServer, type Server } from 'node:http'
import { Duplex } from 'node:stream'

/** A server of node:http that sends the answer of a check to any request, and checks nothing. */
export function bareServer(): Server {
  const headers = ['X-Auth-Request-User', 'ada', 'X-Auth-Request-Email', 'ada@example.org', 'Content-Length', '0']
  return createServer((_request, response) => {
    response.writeHead(200, headers)
    response.end()
  })
}

/** A connection in memory: neither the kernel nor its buffers are measured. */
export class Wire extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  /** Of the last answer. */
  status = ''
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.status = chunk.toString('latin1', 9, 12)
    done()
  }
}

export function connectTo(server: Server, wire = new Wire()): Wire {
  server.emit('connection', wire)
  return wire
}

/** Writes a check as nginx asks it, with lines that carry its credential. */
export function checkAsked(query: string, credential: string): Buffer {
  const lines = [
    `GET /ingress/auth?${query} HTTP/1.1`,
    'Host: data.example.org',
    'X-Original-URL: https://data.example.org/tap',
    'X-Original-Method: GET',
    'X-Forwarded-For: 192.0.2.17',
    ...(credential ? [credential] : []),
    'User-Agent: pyvo/1.6',
    'Accept: */*',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

export const bearer = (token: string) => `Authorization: Bearer ${token}`
export const withWrongSecret = (token: string) =>
  bearer(token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA')))
export const withoutCredential = () => ''

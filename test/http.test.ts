import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ASKED, type RunningPostern, startPostern } from './support/postern.js'

let postern: RunningPostern
let token: string

beforeAll(async () => {
  postern = await startPostern()
  token = await postern.token('ada')
})
afterAll(() => postern.stop())

/** Sends bytes as they are and reads all that comes back. */
async function send(bytes: string | Buffer): Promise<string> {
  const socket = connect(postern.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  return text(socket)
}

const asked = Object.entries(ASKED).map((pair) => pair.join(': '))
const get = (path: string, headers: string[] = []) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${[...asked, ...headers].map((line) => `${line}\r\n`).join('')}\r\n`
const headersOf = (size: number) =>
  Array.from({ length: size / 6144 }, (_, index) => `X-Filler-${index}: ${'x'.repeat(6100)}`)

describe('what is not proper HTTP', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a control character in a header', get('/', ['X-A: \u0001']), 400],
    ['a NUL in the path', 'GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['two lengths', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc', 400],
    [
      'a length and chunks',
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['100 KiB of headers', get('/ingress/auth', headersOf(100 * 1024)), 431],
  ])('%s gets one sentence and the connection is closed: %#', async (_what, bytes, status) => {
    const answer = await send(bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/\r\n\r\n(?:The .*\.\n)$/)
    expect(answer).not.toContain('    at ')
  })

  it('leaves the server running', async () => {
    await send(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff]))
    expect(await send(get('/health'))).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('the check', () => {
  it('takes the 40 KiB of headers that nginx lets through', async () => {
    const answer = await send(get('/ingress/auth', [...headersOf(36 * 1024), `Authorization: Bearer ${token}`]))
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
  })

  it.each([
    ['/ingress/auth', 200],
    ['/ingress/auth?', 200],
    ['/ingress/auth/', 404],
    ['//ingress/auth', 404],
    ['/ingress/%61uth', 404],
    ['/INGRESS/AUTH', 404],
    ['/ingress', 404],
  ])('is at its own path and nowhere else: %s', async (path, status) => {
    const answer = await send(get(path, [`Authorization: Bearer ${token}`]))
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (status === 404) expect(answer).not.toMatch(/x-auth-request-user/i)
  })

  it('uses the first of two Authorization lines and passes on neither', async () => {
    const answer = await send(
      get('/ingress/auth', [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`]),
    )
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer).not.toMatch(/\r\nAuthorization:/i)
  })
})

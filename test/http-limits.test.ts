import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { eventually } from './support/eventually.js'
import { type RunningPostern, startPostern } from './support/postern.js'

// Of the head's size, half of Node's own default, so that it is the setting that refuses.
const LIMITS = { connections: 4, headerBytes: 8_192 }
/** For the tests of lateness alone: on a busy machine any request may be as late. */
const HASTY = { ...LIMITS, headersTimeout: 2, requestTimeout: 4 }

let postern: RunningPostern
let sockets: Socket[] = []

async function start(limits: typeof LIMITS): Promise<void> {
  postern = await startPostern({ settings: { limits } })
}
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await postern.stop()
})

async function open(): Promise<Socket> {
  const socket = connect(postern.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** A client that sends the beginning of a request and never its end. */
async function stall(head = 'GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: '): Promise<Socket> {
  const socket = await open()
  socket.write(head)
  return socket
}

async function ask(path = '/auth/openapi.json'): Promise<string> {
  const socket = await open()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

describe('S12: a listener', () => {
  it('answers 408 to a head that does not arrive in time, and closes the connection', async () => {
    await start(HASTY)
    expect(await text(await stall())).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\n\r\nThe request did not arrive in time\.\n$/)
  })

  it('answers 408 to a body that does not arrive in time', async () => {
    await start(HASTY)
    const late = await stall(
      'POST /auth/api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    expect(await text(late)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('answers 503 with Retry-After beyond its connections, and serves again once they are gone', async () => {
    await start(LIMITS)
    await Promise.all(Array.from({ length: LIMITS.connections }, () => stall()))
    const shed = await ask()
    expect(shed).toMatch(/^HTTP\/1\.1 503 /)
    expect(shed).toMatch(/\r\nRetry-After: \d+\r\n/i)
    for (const socket of sockets) socket.destroy()
    expect(await eventually(async () => (await ask()).startsWith('HTTP/1.1 200 '))).toBe(true)
  })

  it('answers monitors beyond its connections', async () => {
    await start(LIMITS)
    await Promise.all(Array.from({ length: LIMITS.connections }, () => stall()))
    for (const path of ['/health', '/health/live', '/health/ready']) expect(await ask(path)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask('/metrics')).toMatch(/^HTTP\/1\.1 503 /)
  })

  it('frees the connections of stalled heads by itself', async () => {
    await start(HASTY)
    // On a busy machine the first ones may be gone before the last one is open.
    const stalled = await eventually(async () => {
      const all = await Promise.all(Array.from({ length: LIMITS.connections }, () => stall()))
      expect(await ask()).toMatch(/^HTTP\/1\.1 503 /)
      return all
    })
    await Promise.all(stalled.map((socket) => text(socket)))
    expect(await eventually(async () => (await ask()).startsWith('HTTP/1.1 200 '))).toBe(true)
  })

  it('refuses a head that is larger than it may be with 431', async () => {
    await start(LIMITS)
    const socket = await stall(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(LIMITS.headerBytes)}`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /)
  })
})

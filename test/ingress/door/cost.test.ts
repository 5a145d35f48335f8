import { createServer, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningPostern, startPostern } from '../../support/postern.js'

/** Requests of a turn, and turns of each server. */
const REQUESTS = 500
const TURNS = 15

/**
 * Of the bare server's CPU time, without the kernel's: it takes 0.5 to 0.9, on a busy machine too, and through Node's parser 1.6
 * to 2.4.
 */
const MOST = 1.1

let postern: RunningPostern
let token: string
const bare = createServer((_request, response) => {
  response.writeHead(200, [
    'X-Auth-Request-User',
    'ada',
    'X-Auth-Request-Email',
    'ada@example.org',
    'Content-Length',
    '0',
  ])
  response.end()
})
beforeAll(async () => {
  postern = await startPostern({ logLevel: 'info' })
  token = await postern.token('ada')
})
afterAll(async () => {
  bare.close()
  await postern.stop()
})

/** A connection in memory, so that no kernel is measured. */
class Wire extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  status = ''
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.status = chunk.toString('latin1', 9, 12)
    done()
  }
}

function connectTo(server: Server): Wire {
  const wire = new Wire()
  server.emit('connection', wire)
  return wire
}

/** The CPU time of some requests on one connection, in microseconds. */
async function turn(wire: Wire, request: Buffer): Promise<number> {
  const before = process.cpuUsage()
  for (let count = 0; count < REQUESTS; count++) {
    wire.emit('data', request)
    await setImmediate()
  }
  const { user, system } = process.cpuUsage(before)
  return user + system
}

it.each([
  ['a check of a cached token', '200', (each: string) => `Authorization: Bearer ${each}\r\n`, 'read:tap'],
  ['a refusal without a credential', '401', () => '', 'read:tap'],
  [
    'a refusal of a wrong secret',
    '401',
    (each: string) => `Authorization: Bearer ${each.replace(/.{4}$/, 'AAAA')}\r\n`,
    'read:tap',
  ],
  ['a refusal for a missing scope', '403', (each: string) => `Authorization: Bearer ${each}\r\n`, 'exec:portal'],
])('%s costs less than node:http’s answer to any request', async (_what, status, credential, scope) => {
  const request = Buffer.from(
    `GET /ingress/auth?scope=${scope} HTTP/1.1\r\nHost: data.example.org\r\nX-Original-URL: https://data.example.org/tap\r\nX-Original-Method: GET\r\nX-Forwarded-For: 192.0.2.17\r\n${credential(token)}User-Agent: pyvo/1.6\r\nAccept: */*\r\n\r\n`,
  )
  const wires = [connectTo(postern.server), connectTo(bare)] as const
  const ours: number[] = []
  const theirs: number[] = []
  for (let at = 0; at < TURNS; at++) {
    ours.push(await turn(wires[0], request))
    theirs.push(await turn(wires[1], request))
  }
  expect(wires.map((wire) => wire.status)).toEqual([status, '200'])
  for (const wire of wires) wire.destroy()
  // Another program on the machine makes a turn dearer, and none cheaper.
  expect(Math.min(...ours) / Math.min(...theirs)).toBeLessThan(MOST)
})

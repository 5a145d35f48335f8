import { createServer, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningPostern, startPostern } from '../../support/postern.js'

/** So few in a turn that most turns have no garbage collection in them; so many turns that some are undisturbed. */
const REQUESTS = 100
const WARM_UP = 40
const TURNS = 80

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

/** A connection in memory, so that the bytes are those of the check. */
class Wire extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  status = ''
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.status = chunk.toString('latin1', 9, 12)
    done()
  }
}

/** The bytes that a request allocates on the heap, with those of a turn of the event loop: see {@link fewestBytes}. */
async function bytesOf(server: Server, request: Buffer): Promise<{ status: string; bytes: number }> {
  const wire = new Wire()
  server.emit('connection', wire)
  const bytes = await fewestBytes(() => wire.emit('data', request))
  const { status } = wire
  wire.destroy()
  return { status, bytes }
}

/** Of the turns without a garbage collection the fewest bytes that a piece of work allocates. */
async function fewestBytes(work: () => unknown): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    const before = process.memoryUsage().heapUsed
    for (let count = 0; count < REQUESTS; count++) {
      work()
      await setImmediate()
    }
    const bytes = (process.memoryUsage().heapUsed - before) / REQUESTS
    if (turn >= 0 && bytes > 0) fewest = Math.min(fewest, bytes)
  }
  return fewest
}

const bearer = (each: string) => `Authorization: Bearer ${each}\r\n`
const wrong = (each: string) => bearer(each.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA')))
const DELEGATED = 'read:tap&delegate_to=portal&delegate_scope=read:tap'

it.each([
  ['a check of a cached token', '200', bearer, 'read:tap', 0.25],
  ['a delegated token, cached', '200', bearer, DELEGATED, 0.26],
  ['a refusal without a credential', '401', () => '', 'read:tap', 0.25],
  ['a refusal of a wrong secret', '401', wrong, 'read:tap', 0.42],
  ['a refusal for a missing scope', '403', bearer, 'exec:portal', 0.48],
  // Of what a bare server of node:http allocates for any answer. Each is a fifth above what it takes.
])('%s allocates few bytes', async (_what, status, credential, scope, most) => {
  const request = Buffer.from(
    `GET /ingress/auth?scope=${scope} HTTP/1.1\r\nHost: data.example.org\r\nX-Original-URL: https://data.example.org/tap\r\nX-Original-Method: GET\r\nX-Forwarded-For: 192.0.2.17\r\n${credential(token)}User-Agent: pyvo/1.6\r\nAccept: */*\r\n\r\n`,
  )
  const ours = await bytesOf(postern.server, request)
  const theirs = await bytesOf(bare, request)
  const loop = await fewestBytes(() => undefined)
  expect([ours.status, theirs.status]).toEqual([status, '200'])
  const share = (ours.bytes - loop) / (theirs.bytes - loop)
  expect(share).toBeLessThan(most)
})

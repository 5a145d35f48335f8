import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { BURST_MS } from '../../../server/core/overload/crowd.js'
import { drain } from '../../../server/operate/lifecycle/drain.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { bearer, checkAsked, connectTo, Wire } from '../cost/support/in-memory.js'
import { useConnections } from '../door/support/open-connection.js'

const CONNECTIONS = 1_000
/** Far more than are answered at once. */
const MANY = 200

/** A connection in memory that keeps all that was answered. */
class KeepingWire extends Wire {
  all = ''
  override _write(chunk: Buffer, encoding: string, done: () => void): void {
    this.all += chunk.toString('latin1')
    super._write(chunk, encoding, done)
  }
}

let postern: RunningPostern
let wires: KeepingWire[]
/** Lets the reads of tokens go on, which wait for it. */
let open: () => void
let shed: Buffer
let known: Buffer

const openTo = useConnections()
const asks = (token: string) => checkAsked('scope=read:tap', bearer(token))
const asksApi = (token: string) =>
  Buffer.from(`GET /auth/api/v1/token-info HTTP/1.1\r\nHost: x\r\n${bearer(token)}\r\n\r\n`)
/** Until what was sent to connections in memory is with them. No timer has its turn meanwhile. */
const delivered = () => new Promise(process.nextTick)

function connect(): KeepingWire {
  const wire = new KeepingWire()
  connectTo(postern.server, wire)
  wires.push(wire)
  return wire
}

/** Starts a process of which the next request is shed that is like this one. */
async function startFull(checkParser: 'own' | 'node', asksLike = asks): Promise<void> {
  const limits = { slowChecks: 1, requests: 1, connections: CONNECTIONS }
  postern = await startPostern({ settings: { limits, checkParser }, logLevel: 'error' })
  const tokens = [await postern.token('ada'), await postern.token('ada'), await postern.token('ada')]
  ;[known, shed] = [asks(tokens[0] ?? ''), asksLike(tokens[1] ?? '')]
  const first = connect()
  first.emit('data', known)
  expect(await eventually(() => first.status === '200')).toBe(true)
  const { tokenCache } = postern.context
  const resolve = tokenCache.resolve.bind(tokenCache)
  const opened = new Promise<void>((done) => {
    open = done
  })
  const read = jest.spyOn(tokenCache, 'resolve').mockImplementation(async (...asked) => {
    await opened
    return resolve(...asked)
  })
  // The second one of too many begins the burst.
  for (const wire of [connect(), connect()]) wire.emit('data', asksLike(tokens[2] ?? ''))
  expect(await eventually(() => read.mock.calls.length === 2)).toBe(true)
  // A timer may be early by what the event loop was late.
  await sleep(1.1 * BURST_MS)
}

/** Sends a request on each of many connections. */
async function askOnMany(requests: readonly Buffer[], count = MANY): Promise<KeepingWire[]> {
  const many = Array.from({ length: count }, connect)
  for (const wire of many) wire.emit('data', Buffer.concat(requests))
  await delivered()
  return many
}

const shedSoFar = () => [...postern.context.counters.shed].reduce((sum, [, , count]) => sum + count, 0)
const statusesOf = (wire: KeepingWire) => wire.all.match(/(?<=HTTP\/1\.1 )\d{3}/g) ?? []
const answered = (some: readonly KeepingWire[]) => some.filter(({ all }) => all !== '').length

beforeEach(() => {
  wires = []
})
afterEach(async () => {
  open()
  for (const wire of wires) wire.destroy()
  await postern.stop()
})

describe.each(['own', 'node'] as const)('with checkParser %s, checks that are shed on many connections', (parser) => {
  it('wait for their 503 on most of them, while other checks are answered', async () => {
    await startFull(parser)
    const many = await askOnMany([shed])
    expect(answered(many)).toBeGreaterThan(0)
    expect(answered(many)).toBeLessThan(MANY / 2)
    const other = connect()
    other.emit('data', known)
    await delivered()
    expect([other.status, answered(many) < MANY / 2]).toEqual(['200', true])
    expect(await eventually(() => answered(many) === MANY)).toBe(true)
    for (const { all } of many) expect(all).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: \d/)
  })

  it('hold up what follows on the connection, so that each answer is its request’s', async () => {
    await startFull(parser)
    const many = await askOnMany([shed, known, shed])
    expect(many.filter(({ all }) => all === '').length).toBeGreaterThan(MANY / 2)
    expect(await eventually(() => many.every((wire) => statusesOf(wire).length === 3))).toBe(true)
    for (const wire of many) expect(statusesOf(wire)).toEqual(['503', '200', '503'])
  })

  it('are given up when their clients leave, and no other waits for them', async () => {
    await startFull(parser)
    const many = await askOnMany([shed])
    const [gone, staying] = [many.slice(MANY / 2), many.slice(0, MANY / 2)]
    for (const wire of gone) wire.destroy()
    expect(await eventually(() => answered(staying) === staying.length)).toBe(true)
    expect(answered(gone)).toBe(0)
  })

  it('are answered at once beyond nine in ten of the connections that may be open', async () => {
    await startFull(parser)
    const many = await askOnMany([shed], CONNECTIONS - wires.length)
    expect(many.length - answered(many)).toBe(CONNECTIONS * 0.9)
    expect(await eventually(() => answered(many) === many.length)).toBe(true)
  })

  it('are answered before a stop has ended', async () => {
    await startFull(parser)
    const others = await Promise.all(Array.from({ length: MANY }, () => openTo(postern.port)))
    const many = await askOnMany([shed], CONNECTIONS - wires.length - MANY)
    for (const { socket } of others) socket.write(shed)
    // A stop closes a connection of which no request has been read yet.
    expect(await eventually(() => shedSoFar() === many.length + others.length)).toBe(true)
    expect(answered(many)).toBeGreaterThan(0)
    open()
    await drain(postern.server, { graceMs: 0, listening: false })
    expect(await eventually(() => others.every(({ socket }) => socket.closed))).toBe(true)
    for (const each of others) expect(each.answered()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\n\r\n$/)
  })
})

it('API calls that are shed on many connections wait for their 503, while checks are answered', async () => {
  await startFull('own', asksApi)
  const many = await askOnMany([shed])
  expect(answered(many)).toBeLessThan(MANY / 2)
  const other = connect()
  other.emit('data', known)
  expect([other.status, answered(many) < MANY / 2]).toEqual(['200', true])
  expect(await eventually(() => answered(many) === MANY)).toBe(true)
  for (const { all } of many) expect(all).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: \d/)
})

it('a check that is shed reaches a client of the door that has sent its last byte', async () => {
  await startFull('own')
  const last = await openTo(postern.port)
  await askOnMany([shed], CONNECTIONS - wires.length - 1)
  last.socket.end(shed)
  expect(await eventually(() => last.socket.closed)).toBe(true)
  expect(last.answered()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\n\r\n$/)
})

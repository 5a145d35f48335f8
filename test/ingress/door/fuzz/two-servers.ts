import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Answer, AnswerWriter } from '../../../../server/ingress/answer.js'
import type { QuickCheck } from '../../../../server/ingress/at-once/location.js'
import type { DoorConnection } from '../../../../server/ingress/door/connection.js'
import { DoorServer } from '../../../../server/ingress/door/door-server.js'
import { readRawHeaders } from '../../../../server/ingress/raw-headers.js'

/** The same service before Node's parser and before the door's, without a network. */
export interface TwoServers {
  readonly node: Server
  readonly door: ShownDoor
  /** How many answers the door gave by itself since it was last asked. */
  takeAnswered(): number
}

/** Where a socket of Node's has the buffer that it reads into, and who takes what was read. */
const BUFFER = Symbol('kBuffer')
const CALLBACK = Symbol('kBufferCb')

/** A connection in memory: what is sent arrives at once, and what is answered is kept. It reads as sockets of the kernel do. */
class Wire extends Duplex {
  answered = ''
  #closed = false
  readonly _handle = { reading: true, readStart: () => 0, readStop: () => 0, useUserBuffer: () => undefined }
  readonly [BUFFER]: Buffer | null = null
  readonly [CALLBACK]: ((length: number) => boolean) | null = null
  receive(piece: Buffer): void {
    const buffer = this[BUFFER]
    // A copy, because each server may keep what it was given.
    if (!buffer) return void this.emit('data', Buffer.from(piece))
    for (let from = 0; from < piece.length; from += buffer.length)
      this[CALLBACK]?.(piece.copy(buffer, 0, from, from + buffer.length))
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.answered += chunk.toString('latin1')
    done()
  }
  override _final(done: () => void): void {
    this.#closed = true
    done()
  }
  get isOpen(): boolean {
    return !this.#closed && !this.destroyed
  }
}

/** More than a drawn connection has. */
const MOST_ANSWERS = 6

/** A door that shows what it gives to Node. */
class ShownDoor extends DoorServer {
  readonly given = new WeakMap<object, Buffer>()
  override give(connection: DoorConnection, unread: Buffer): void {
    this.given.set(connection.socket, Buffer.from(unread))
    super.give(connection, unread)
  }
}

/** Answers with all that a check can see of a request. */
function show(request: IncomingMessage, response: AnswerWriter): boolean {
  const { method, url = '', rawHeaders, headers, headersDistinct } = request
  if (!url.startsWith('/ingress/')) return false
  const seen = JSON.stringify([method, url, rawHeaders, headers, headersDistinct])
  response.writeHead(200, { 'X-Seen': 'whole', 'Content-Length': Buffer.byteLength(seen) })
  response.end(seen)
  return true
}

/** Answers from the few headers that are read without Node; of some paths alone. */
function showAtOnce({ url, headers }: QuickCheck): Answer | undefined {
  if (!url.includes('service=tap') && !url.includes('/gateway/')) return undefined
  const seen = JSON.stringify([url, { ...headers }])
  return { status: 401, head: `X-Seen: at once\r\nContent-Length: ${Buffer.byteLength(seen)}\r\n`, body: seen }
}

/** Node's own way to the same two answers. */
function showByNode(request: IncomingMessage, response: AnswerWriter & { readonly statusCode: number }): void {
  const { url = '', method, rawHeaders } = request
  const headers = method === 'GET' ? readRawHeaders(rawHeaders) : undefined
  const answer = headers && showAtOnce({ url, headers, addressOf: () => undefined })
  if (answer) {
    response.writeHead(answer.status, ['X-Seen', 'at once', 'Content-Length', String(Buffer.byteLength(answer.body))])
    response.end(answer.body)
  } else if (!show(request, response)) {
    response.writeHead(404, { 'Content-Length': 0 })
    response.end()
  }
}

/** The longest that a timer takes, in milliseconds. */
const NEVER = 2 ** 31 - 1

export function startTwoServers(): TwoServers {
  // No connection is late: after an hour of fuzzing the door refused the heads that were on their way, and Node none.
  const options = { keepAliveTimeout: 75_000, headersTimeout: 0, connectionsCheckingInterval: NEVER }
  let answered = 0
  const ingress = Object.assign(() => false, {
    answerAtOnce: (check: QuickCheck) => {
      const answer = showAtOnce(check)
      if (answer) answered++
      return answer
    },
    shed: () => false,
    begin: (request: IncomingMessage, response: AnswerWriter) => {
      const isOurs = show(request, response)
      if (isOurs) answered++
      return isOurs
    },
    flushLog: () => undefined,
  })
  const isFull = () => false
  const door = new ShownDoor(options, showByNode, { ...options, ingress, proxies: [], isFull })
  const node = createServer(options, showByNode)
  for (const server of [door, node]) server.on('clientError', refuse)
  return {
    node,
    door,
    takeAnswered: () => {
      const taken = answered
      answered = 0
      return taken
    },
  }
}

function refuse({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable) socket.end(`refused ${code}`)
  else socket.destroy()
}

/** What a server has made of the bytes of a connection. */
export interface Outcome {
  /** Without the dates. */
  readonly answered: string
  readonly isOpen: boolean
  /** What the door gave to Node: the bytes that it had not answered, and the pieces behind them. */
  readonly given?: readonly Buffer[]
}

/** Sends pieces to a server, all at once or each when the server has done with those before; returns what becomes of them. */
export async function exchange(server: Server, pieces: readonly Buffer[], isPatient = false): Promise<Outcome> {
  const wire = new Wire()
  server.emit('connection', wire)
  let given: Buffer[] | undefined
  for (const [at, piece] of pieces.entries()) {
    if (!wire.isOpen) break
    wire.receive(piece)
    const unread = server instanceof ShownDoor ? server.given.get(wire) : undefined
    if (unread) given ??= [unread, ...pieces.slice(at + 1)]
    if (isPatient) await setImmediate()
  }
  // Node sends the second answer when the first is away.
  for (let turn = 0; turn < MOST_ANSWERS; turn++) await setImmediate()
  const { answered, isOpen } = wire
  wire.destroy()
  return { answered: answered.replaceAll(/\r\nDate: [^\r]+/g, ''), isOpen, ...(given && { given }) }
}

import { type RequestListener, Server, type ServerOptions, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type AddressReader, addressReader } from '../../authn/client-address.js'
import type { Answer } from '../answer.js'
import type { IngressHandler } from '../handler.js'
import { DoorConnection, type DoorKeeper } from './connection.js'

/** The checks of a listener, and the bounds of its connections. Times are in milliseconds. */
export interface DoorOptions {
  readonly ingress: IngressHandler
  readonly proxies: readonly string[]
  readonly headersTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
  /** Whether the next request is to be shed. */
  readonly isFull: () => boolean
}

/** So many heads are kept within a second: those that are sent again and again are among the first. */
const MAX_HEADS = 256

/**
 * An HTTP server that answers plain checks itself, before Node has parsed them: Node's parser, its request and its response cost
 * more than the check. Every other request is Node's, with its whole connection, as if it had come there first.
 */
export class DoorServer extends Server implements DoorKeeper {
  readonly ingress: IngressHandler
  readonly addressOf: AddressReader
  sweptAt = performance.now()
  readonly #options: DoorOptions
  readonly #connections = new Set<DoorConnection>()
  /** Node's own listener of connections. */
  readonly #toNode: readonly ((socket: Socket) => void)[]
  #isDraining = false
  #second = 0
  #closing = ''
  /** The whole heads of this second. One that is put together each time is a third of what a check allocates. */
  readonly #heads = new Map<Answer, string>()

  constructor(options: ServerOptions, listener: RequestListener, door: DoorOptions) {
    super(options, listener)
    this.ingress = door.ingress
    this.addressOf = addressReader(door.proxies)
    this.#options = door
    this.#toNode = this.listeners('connection') as ((socket: Socket) => void)[]
    this.removeAllListeners('connection')
    this.on('connection', (socket: Socket) => this.#take(socket))
    const sweeps = setInterval(() => this.#sweep(), door.connectionsCheckingInterval).unref()
    this.once('close', () => clearInterval(sweeps))
  }

  /** Answers each request from now on with `Connection: close`, as Node's server is told to. */
  drainDoor(): void {
    this.#isDraining = true
  }

  override closeIdleConnections(): void {
    for (const each of this.#connections) if (each.isIdle) each.socket.destroy()
    super.closeIdleConnections()
  }

  override closeAllConnections(): void {
    for (const { socket } of this.#connections) socket.destroy()
    super.closeAllConnections()
  }

  handsOver(): boolean {
    return this.#isDraining || this.#options.isFull()
  }

  give(connection: DoorConnection, unread: Buffer): void {
    const { socket } = connection
    connection.release()
    this.#connections.delete(connection)
    socket.resume()
    for (const listener of this.#toNode) listener.call(this, socket)
    // Node's parser may keep the buffer, and it is received into again.
    socket.emit('data', Buffer.from(unread))
  }

  refuseCutOff(socket: Socket): void {
    this.emit('clientError', fault('HPE_INVALID_EOF_STATE'), socket)
  }

  /** Returns the head of an answer with the lines that end it, as Node writes them; with the second, they change. */
  headOf(answer: Answer): string {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#second) this.#begin(second)
    const known = this.#heads.get(answer)
    if (known !== undefined) return known
    const { status, head } = answer
    const whole = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${head}${this.#closing}`
    if (this.#heads.size < MAX_HEADS) this.#heads.set(answer, whole)
    return whole
  }

  #begin(second: number): void {
    this.#second = second
    this.#heads.clear()
    const date = new Date(second * 1000).toUTCString()
    const seconds = Math.floor(this.#options.keepAliveTimeout / 1000)
    this.#closing = `Date: ${date}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`
  }

  #take(socket: Socket): void {
    const connection = new DoorConnection(socket, this)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }

  /**
   * Ends the connections whose time is over, as Node's server does: late heads, and idle ones. A process that was stopped for a
   * while, as a virtual machine that moves, comes here before it has read what arrived meanwhile: it judges the next time.
   */
  #sweep(): void {
    const { headersTimeout, keepAliveTimeout, connectionsCheckingInterval } = this.#options
    const now = performance.now()
    const wasStopped = now - this.sweptAt >= 2 * connectionsCheckingInterval
    for (const { socket, begunAt, idleAt } of wasStopped ? [] : this.#connections) {
      const isLate = begunAt !== undefined && now - begunAt >= headersTimeout
      if (isLate) this.emit('clientError', fault('ERR_HTTP_REQUEST_TIMEOUT'), socket)
      // An answer that is not read in that time, too.
      else if (now - idleAt >= keepAliveTimeout + connectionsCheckingInterval) socket.destroy()
    }
    this.sweptAt = now
    // An idle server keeps no head for long: there may be a delegated token in it.
    this.#heads.clear()
  }
}

function fault(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}

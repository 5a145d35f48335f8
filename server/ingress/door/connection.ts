import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { AddressReader } from '../../authn/client-address.js'
import { type Answer, AnswerText } from '../answer.js'
import type { IngressHandler } from '../handler.js'
import { type PlainHead, parseHead, SeenStrings } from './parse-head.js'
import { plainRequest } from './plain-request.js'
import { receive } from './receive.js'

/** The most pieces in which a plain head may come; one in more pieces is Node's, which reads each byte once. */
const MAX_PIECES = 8

/** What a connection needs of its listener. */
export interface DoorKeeper {
  readonly ingress: IngressHandler
  readonly addressOf: AddressReader
  /** Returns the whole head of an answer. */
  headOf(answer: Answer): string
  /** Whether Node's server is to answer the next request: this one drains, or is full. */
  handsOver(): boolean
  /** Gives a connection to Node's server, with the bytes that it has not answered. It copies them. */
  give(connection: DoorConnection, unread: Buffer): void
  /** Answers a head that ended before it was complete. */
  refuseCutOff(socket: Socket): void
  /** The time of the last sweep, in milliseconds. */
  readonly sweptAt: number
}

/**
 * A connection of which each request was a plain check so far. They are answered one after the other, in their order. The first
 * that is anything else goes to Node's server unread, and the connection with it for good: Node's parser cannot be taken off again.
 */
export class DoorConnection {
  readonly socket: Socket
  readonly #keeper: DoorKeeper
  readonly #endReceiving: () => void
  readonly #seen = new SeenStrings()
  /** The beginning of a head. */
  #begun: Buffer | undefined
  #pieces = 0
  /** When the head began, or the connection. */
  #begunAt: number | undefined = performance.now()
  /** When it was last idle, by the sweep before. */
  #idleAt: number
  /** Bytes behind a request that is still being checked: a copy, as those that were received are not there for long. */
  #behind: Buffer | undefined
  #isChecking = false
  /** Whether the client has sent its last byte while a request was being checked. */
  #hasEnded = false
  /** Serves as the request whose address is read. */
  readonly #peer: IncomingMessage
  #forwardedFor: string | undefined
  #address: string | undefined
  #hasAddress = false
  readonly #addressOf = (forwardedFor: string | undefined) => this.#readAddress(forwardedFor)

  constructor(socket: Socket, keeper: DoorKeeper) {
    this.socket = socket
    this.#keeper = keeper
    this.#idleAt = keeper.sweptAt
    this.#peer = new IncomingMessage(socket)
    socket.on('end', this.#onEnd).on('drain', this.#onDrain).on('error', this.#onError)
    this.#endReceiving = receive(socket, this.#onData)
  }

  /** Returns since when the head that is on its way has been coming; undefined if none is. */
  get begunAt(): number | undefined {
    return this.#begunAt
  }

  /** Returns since when nothing has been asked and answered. */
  get idleAt(): number {
    return this.#idleAt
  }

  /** Returns whether no request is on its way or being checked, and no answer still to be sent. */
  get isIdle(): boolean {
    return this.#begun === undefined && !this.#isChecking && this.socket.writableLength === 0
  }

  /** Ends the watch over the socket. */
  release(): void {
    this.#endReceiving()
    this.socket.off('end', this.#onEnd).off('drain', this.#onDrain).off('error', this.#onError)
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isChecking) return void this.#keepBehind(chunk)
    if (this.#begun === undefined) return void this.#proceed(chunk)
    const bytes = Buffer.concat([this.#begun, chunk])
    if (++this.#pieces < MAX_PIECES) return void this.#proceed(bytes)
    this.#keeper.give(this, bytes)
  }

  readonly #onEnd = (): void => {
    if (this.#isChecking) this.#hasEnded = true
    else if (this.#begun) this.#keeper.refuseCutOff(this.socket)
    else this.socket.end()
  }

  /** Attack: a client asks and asks and does not read, and the answers fill the memory. It is read again when it has read. */
  readonly #onDrain = (): void => {
    if (this.#isChecking || this.#behind === undefined) return
    const behind = this.#behind
    this.#behind = undefined
    this.socket.resume()
    this.#proceed(behind)
  }

  /** The socket closes by itself. */
  readonly #onError = (): void => undefined

  /**
   * Answers the requests in these bytes, until one has to wait.
   *
   * Attack: a request on which the check fails unforeseen has no answer, and the answer to the next request on the connection would
   * be taken for its own.
   */
  #proceed(bytes: Buffer): void {
    try {
      this.#answerAll(bytes)
    } catch (error) {
      this.socket.destroy()
      throw error
    }
  }

  #answerAll(bytes: Buffer): void {
    const { socket } = this
    const { length } = bytes
    for (let from = 0; from < length; ) {
      if (this.#keeper.handsOver()) return void this.#keeper.give(this, bytes.subarray(from))
      const head = parseHead(bytes, from, this.#seen)
      if (head === 'unusual') return void this.#keeper.give(this, bytes.subarray(from))
      if (head === 'incomplete') return void this.#keep(bytes.subarray(from))
      this.#begun = undefined
      this.#begunAt = undefined
      this.#pieces = 0
      const answer = this.#answerAtOnce(head, bytes)
      if (answer) this.#write(answer)
      else if (!this.#shed(head) && !this.#check(head, bytes)) return void this.#keeper.give(this, bytes.subarray(from))
      from = head.end
      if (!this.#isChecking && !socket.writableNeedDrain) continue
      if (from < length || !this.#isChecking) this.#keepBehind(bytes.subarray(from))
      return
    }
  }

  /** Reads no more until it is answered. A client that waits for its answer sends nothing, and costs no pause. */
  #keepBehind(bytes: Buffer): void {
    this.#behind = this.#behind ? Buffer.concat([this.#behind, bytes]) : Buffer.from(bytes)
    this.socket.pause()
  }

  /** Keeps a copy of the beginning of a head until there is more of it. */
  #keep(begun: Buffer): void {
    this.#begun = Buffer.from(begun)
    this.#begunAt ??= performance.now()
  }

  #answerAtOnce(head: PlainHead, bytes: Buffer): Answer | undefined {
    const { url, headers } = head
    return this.#keeper.ingress.answerAtOnce({ url, headers, addressOf: this.#addressOf }, () =>
      plainRequest(this.socket, head, bytes),
    )
  }

  /** What follows on the connection waits with the answer: a client that asks again at once asks no sooner. */
  #shed({ url }: PlainHead): boolean {
    this.#isChecking = true
    if (this.#keeper.ingress.shed(url, this.#endCheck)) return true
    this.#isChecking = false
    return false
  }

  /**
   * Begins the whole check.
   *
   * @returns false, without effect, if the request is not plain in all its lines, or its path is none of a check
   */
  #check(head: PlainHead, bytes: Buffer): boolean {
    const request = plainRequest(this.socket, head, bytes)
    if (!request) return false
    this.#isChecking = true
    if (this.#keeper.ingress.begin(request, new AnswerText(this.#endCheck))) return true
    this.#isChecking = false
    return false
  }

  /** Answers a request that had to wait, and goes on with the bytes behind it. */
  readonly #endCheck = (answer: Answer): void => {
    this.#isChecking = false
    if (this.socket.destroyed) return
    this.#write(answer)
    if (this.#hasEnded) this.#onEnd()
    else this.#resume()
  }

  #resume(): void {
    if (this.socket.writableNeedDrain || this.#behind === undefined) return
    const behind = this.#behind
    this.#behind = undefined
    this.socket.resume()
    this.#proceed(behind)
  }

  #readAddress(forwardedFor: string | undefined): string | undefined {
    if (this.#hasAddress && forwardedFor === this.#forwardedFor) return this.#address
    this.#peer.headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
    this.#address = this.#keeper.addressOf(this.#peer, forwardedFor ?? '')
    this.#forwardedFor = forwardedFor
    this.#hasAddress = true
    return this.#address
  }

  #write(answer: Answer): void {
    this.#idleAt = this.#keeper.sweptAt
    const head = this.#keeper.headOf(answer)
    if (answer.body === '') this.socket.write(head, 'latin1')
    else this.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(answer.body)]))
  }
}

import { connect, type Socket } from 'node:net'

/** An answer on a connection that stays open: its status, and its bytes as they came. */
export interface Answer {
  readonly status: number
  readonly bytes: Buffer
}

const LAST_PIECE = Buffer.from('\r\n0\r\n\r\n')

export type OnAnswer = (answer: Answer | Error) => void

/**
 * One kept HTTP connection, one request at a time. By hand, because a load generator must cost less than the server that it
 * measures; and because a fault campaign has to know on which connection, and when, a request was sent.
 */
export class RawConnection {
  readonly #socket: Socket
  #answered: OnAnswer | undefined
  #pieces: Buffer | undefined
  /** The last answer that was understood: one just as long, of the same status, ends where that one ended. */
  #like = { length: -1, status: 0 }
  #broken: Error | undefined
  #closing = false

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk) => this.#read(chunk))
    this.#socket.on('error', (error) => this.#break(error))
    this.#socket.on('close', () => this.#break(new Error('The connection was closed')))
  }

  /** Whether no more requests can be sent on it. */
  get broken(): boolean {
    return this.#broken !== undefined || this.#closing
  }

  /** Sends a whole request. Only when the last one has been answered. */
  send(request: Buffer | string, answered: OnAnswer): void {
    if (this.#broken) return void answered(this.#broken)
    this.#answered = answered
    this.#socket.write(request)
  }

  /** As {@link send}; an answer that takes longer than so many milliseconds breaks the connection. */
  ask(request: Buffer | string, patience: number): Promise<Answer | Error> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#break(new Error('No answer came in time')), patience)
      this.send(request, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
  }

  close(): void {
    this.#break(new Error('Closed here'))
  }

  #break(error: Error): void {
    if (this.#broken) return
    this.#broken = error
    this.#socket.destroy()
    this.#answer(error)
  }

  #read(chunk: Buffer): void {
    const bytes = this.#pieces ? Buffer.concat([this.#pieces, chunk]) : chunk
    const status = statusOf(bytes)
    if (bytes.length !== this.#like.length || status !== this.#like.status) {
      const length = wholeLength(bytes)
      if (length === undefined || bytes.length < length) {
        this.#pieces = bytes
        return
      }
      this.#like = { length, status }
      if (isLast(bytes)) this.#closing = true
    }
    this.#pieces = undefined
    this.#answer({ status, bytes })
    if (this.#closing) this.close()
  }

  #answer(answer: Answer | Error): void {
    const answered = this.#answered
    this.#answered = undefined
    answered?.(answer)
  }
}

/** `HTTP/1.1 200 …` */
function statusOf(bytes: Buffer): number {
  const digit = (at: number) => (bytes[at] ?? 0) - 48
  return digit(9) * 100 + digit(10) * 10 + digit(11)
}

/** Whether the server says that it closes the connection behind this answer. */
function isLast(bytes: Buffer): boolean {
  return /^connection: *close\r$/im.test(bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 2))
}

/** How long an answer is; undefined while its head has not come whole. */
function wholeLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? []
  if (length !== undefined || /^HTTP\/1\.1 (?:204|304) /.test(head)) return end + 4 + Number(length ?? 0)
  // In pieces: none of our pages or answers has this line in it.
  return bytes.subarray(-LAST_PIECE.length).equals(LAST_PIECE) ? bytes.length : undefined
}

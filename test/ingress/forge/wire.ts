import { connect, type Socket } from 'node:net'

/** One answer of a kept connection. */
export interface Answer {
  readonly status: number
  /** The user that it names, of an admission. */
  readonly user: string | undefined
}

/** How long an answer may take. A key that was never issued is looked up once a second, with others. */
const PATIENCE_MS = 60_000

/**
 * A kept connection on which requests are sent one behind the other, without a wait.
 */
export class Wire {
  readonly #socket: Socket
  #unread = ''
  #answers: Answer[] = []
  #isClosed = false
  #isDone: (answers: readonly Answer[]) => boolean = () => true
  #settle: (() => void) | undefined

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.on('error', () => this.#close())
    this.#socket.on('close', () => this.#close())
  }

  get isOpen(): boolean {
    return !this.#isClosed
  }

  /** Sends bytes, and returns what is answered until `isDone` says so, or the connection is closed. */
  ask(bytes: string, isDone: (answers: readonly Answer[]) => boolean): Promise<readonly Answer[]> {
    this.#answers = []
    this.#isDone = isDone
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close()
        reject(new Error(`No answer in time, but ${JSON.stringify(this.#answers)}, to ${JSON.stringify(bytes)}`))
      }, PATIENCE_MS)
      this.#settle = () => {
        clearTimeout(timer)
        this.#settle = undefined
        resolve(this.#answers)
      }
      if (this.#isClosed) this.#settle()
      else this.#socket.write(bytes, 'latin1')
    })
  }

  /** Breaks the connection off, which leaves no port in use. */
  close(): void {
    this.#socket.resetAndDestroy()
    this.#close()
  }

  #close(): void {
    this.#isClosed = true
    this.#settle?.()
  }

  #read(text: string): void {
    this.#unread += text
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = this.#unread.slice(0, end)
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.NaN)
      if (Number.isNaN(length)) throw new Error(`An answer without its length: ${head}`)
      if (this.#unread.length < end + 4 + length) return
      this.#unread = this.#unread.slice(end + 4 + length)
      const user = /^x-auth-request-user: (.*)/im.exec(head)?.[1]
      this.#answers.push({ status: Number(head.slice(9, 12)), user })
      if (this.#isDone(this.#answers)) this.#settle?.()
    }
  }
}

import { RawConnection } from './raw-connection.js'

/** An answer, and when its question was sent, in milliseconds of `performance.now()`. */
export interface Reply {
  readonly status: number
  readonly sentAt: number
  header(name: string): string | undefined
  /** All lines of a header. */
  headers(name: string): string[]
  /** The body as JSON; undefined when it is none. */
  json(): unknown
  text(): string
}

export interface Question {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, or, when it is text, as a form. */
  readonly body?: unknown
}

/** A client of a server. */
export interface Asker {
  ask(question: Question): Promise<Reply | Error>
}

/** One client of one server, who asks one thing after the other, and whose connection may break at any time. */
export class Caller implements Asker {
  readonly #port: number
  readonly #patience: number
  #line: RawConnection | undefined

  /** @param patience milliseconds after which an answer is no longer waited for */
  constructor(port: number, patience = 8_000) {
    this.#port = port
    this.#patience = patience
  }

  /** The answer; or an error when there was none, and nobody knows whether what was asked has been done. */
  async ask(question: Question): Promise<Reply | Error> {
    if (!this.#line || this.#line.broken) this.#line = new RawConnection(this.#port)
    const request = written(question)
    const sentAt = performance.now()
    const answer = await this.#line.ask(request, this.#patience)
    return answer instanceof Error ? answer : replyOf(answer.status, sentAt, answer.bytes)
  }

  close(): void {
    this.#line?.close()
  }
}

/** A check as nginx asks it. */
export function checkOf(query: string, headers: Readonly<Record<string, string>>): Question {
  const asked = { 'X-Original-URL': 'https://data.example.org/tap/sync', 'X-Original-Method': 'GET' }
  return { path: `/ingress/auth?${query}`, headers: { ...asked, ...headers } }
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

function written({ method = 'GET', path, headers = {}, body }: Question): string {
  const isForm = typeof body === 'string'
  const text = body === undefined ? '' : isForm ? body : JSON.stringify(body)
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const all: Readonly<Record<string, string>> = {
    Host: '127.0.0.1',
    ...headers,
    ...(body !== undefined && { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(text)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${text}`
}

function replyOf(status: number, sentAt: number, bytes: Buffer): Reply {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, end)
  const text = () => {
    const body = bytes.toString('utf8', end + 4)
    return /^transfer-encoding: *chunked/im.test(head) ? withoutPieces(body) : body
  }
  return {
    status,
    sentAt,
    header: (name) => linesOf(head, name)[0],
    headers: (name) => linesOf(head, name),
    text,
    json: () => {
      try {
        return JSON.parse(text())
      } catch {
        return undefined
      }
    },
  }
}

function linesOf(head: string, name: string): string[] {
  return [...head.matchAll(new RegExp(`^${name}: *(.*)$`, 'gim'))].map(([, value = '']) => value.trimEnd())
}

/** The pieces of a body put together; their lengths stand on lines of their own. */
function withoutPieces(body: string): string {
  return body.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').trimEnd()
}

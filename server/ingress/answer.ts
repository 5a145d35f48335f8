import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http'

/** The answer to a check, as far as it does not depend on the connection. */
export interface Answer {
  readonly status: number
  /** The header lines, each with its line break, in Latin-1. */
  readonly head: string
  readonly body: string
}

/** Takes the answer to a check: Node's `ServerResponse`, or what keeps the answer as text. */
export interface AnswerWriter {
  readonly headersSent: boolean
  writeHead(status: number, headers: OutgoingHttpHeaders | string[]): unknown
  end(body?: string): unknown
}

/**
 * Writes headers as lines.
 *
 * Attack: a value with a line break in it ends its header, and what follows is a header of the client's. Node's own rules decide
 * what a name and a value may be.
 *
 * @throws when a name or a value may not be sent
 */
export function headOf(headers: OutgoingHttpHeaders | readonly string[]): string {
  let head = ''
  if (isList(headers)) for (let at = 0; at < headers.length; at += 2) head += lineOf(headers[at] ?? '', headers[at + 1])
  else
    for (const [name, value] of Object.entries(headers))
      if (Array.isArray(value)) for (const each of value) head += lineOf(name, each)
      else head += lineOf(name, value)
  return head
}

/** Writes headers as {@link headOf} does, to be kept: one flat string, rather than the parts that it was put together from. */
export function keptHeadOf(headers: OutgoingHttpHeaders | readonly string[]): string {
  return Buffer.from(headOf(headers), 'latin1').toString('latin1')
}

function lineOf(name: string, value: number | string | undefined): string {
  validateHeaderName(name)
  // It throws for undefined, which the types of Node do not say.
  validateHeaderValue(name, value as string)
  return `${name}: ${value}\r\n`
}

function isList(headers: OutgoingHttpHeaders | readonly string[]): headers is readonly string[] {
  return Array.isArray(headers)
}

/** Returns the names and values of lines in turn, as `writeHead` takes them. */
export function headersOf(head: string): string[] {
  return head
    .split('\r\n')
    .slice(0, -1)
    .flatMap((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    })
}

/** Writes an answer that is kept as text. */
export function writeAnswer(response: AnswerWriter, { status, head, body }: Answer): void {
  response.writeHead(status, headersOf(head))
  response.end(body)
}

/**
 * Keeps an answer as text, and gives it on when it is complete.
 *
 * Attack: a request with two answers makes the next client on the proxy's connection get another's. The second is dropped.
 */
export class AnswerText implements AnswerWriter {
  readonly #onEnd: (answer: Answer) => void
  #head: Omit<Answer, 'body'> | undefined
  #isEnded = false

  constructor(onEnd: (answer: Answer) => void) {
    this.#onEnd = onEnd
  }

  get headersSent(): boolean {
    return this.#head !== undefined
  }

  writeHead(status: number, headers: OutgoingHttpHeaders | string[]): void {
    this.#head = { status, head: headOf(headers) }
  }

  end(body = ''): void {
    if (!this.#head) throw new Error('An answer without a status')
    if (this.#isEnded) return
    this.#isEnded = true
    this.#onEnd({ ...this.#head, body })
  }
}

import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as overHttp,
} from 'node:http'
import { request as overTls } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { urlToHttpOptions } from 'node:url'

const TIMEOUT_MS = 20_000
/** Of a longer body the rest is not read. */
const MAX_BODY = 256 * 1024

export interface Question {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Buffer
  /** Whether the length of the body is not announced. */
  readonly inPieces?: boolean
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly certificate?: Certificate
}

export interface Certificate {
  /** Why it is not trusted. */
  readonly mistrust?: string
  /** As OpenSSL writes times. */
  readonly validFrom: string
  readonly validTo: string
}

/** What came in the place of an answer: an error of the connection. */
export interface Silence {
  readonly error: string
}

export type Answer = Reply | Silence

export function isReply(answer: Answer | undefined): answer is Reply {
  return answer !== undefined && 'status' in answer
}

/**
 * Asks once, follows no redirect, and keeps no connection. The path is sent as it is spelt. A certificate that is not trusted ends
 * nothing: the answer has the reason.
 */
export function ask(
  site: URL,
  path: string,
  { method = 'GET', headers, body, inPieces }: Question = {},
): Promise<Answer> {
  const length = body && !inPieces ? { 'Content-Length': body.length } : {}
  const options = {
    ...urlToHttpOptions(site),
    path,
    method,
    headers: { ...headers, ...length },
    agent: false,
    rejectUnauthorized: false,
    timeout: TIMEOUT_MS,
  }
  return new Promise((resolve) => {
    const fail = (error: Error & { code?: string }) => resolve({ error: error.code ?? error.message })
    const request = site.protocol === 'https:' ? overTls(options) : overHttp(options)
    request.on('error', fail)
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
    request.on('upgrade', (response: IncomingMessage, socket: Socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    request.on('response', (response) => {
      const certificate = certificateOf(response.socket)
      const kept: Buffer[] = []
      let size = 0
      const end = () => {
        const text = Buffer.concat(kept).toString()
        const { statusCode: status = 0, headers: answered } = response
        resolve({ status, headers: answered, body: text, ...(certificate && { certificate }) })
        request.destroy()
      }
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MAX_BODY) kept.push(chunk)
        else end()
      })
      response.on('end', end).on('error', fail)
    })
    // In two pieces, so that no length is announced for it.
    if (body && inPieces) request.write(body.subarray(0, body.length / 2))
    request.end(body && inPieces ? body.subarray(body.length / 2) : body)
  })
}

function certificateOf(socket: Socket): Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const { authorized, authorizationError } = socket
  const mistrust = authorized ? {} : { mistrust: String(authorizationError) }
  const { valid_from: validFrom, valid_to: validTo } = socket.getPeerCertificate()
  return { ...mistrust, validFrom, validTo }
}

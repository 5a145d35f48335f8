import { once, setMaxListeners } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { ApiError } from './api-error.js'
import type { Credentials } from './credentials.js'

/** A request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** JSON when not given. */
  readonly contentType?: string
  /** JSON when not given. */
  readonly accept?: string
}

/** A connection that is silent for so long is dead. */
const TIMEOUT_MS = 30_000

/**
 * Sends requests to the API server. The library's own calls read objects into its models, which lose what they do not know, and
 * wait for ever on a connection that is dead.
 */
export class ApiClient {
  readonly namespace: string
  readonly #credentials: Credentials
  readonly #signal: AbortSignal | undefined

  /** @param signal breaks requests off, and refuses new ones */
  constructor(credentials: Credentials, signal?: AbortSignal) {
    this.#credentials = credentials
    this.#signal = signal
    this.namespace = credentials.namespace
  }

  /** The same, until the signal. */
  within(signal: AbortSignal): ApiClient {
    // As many as there are requests at once.
    setMaxListeners(0, signal)
    return new ApiClient(this.#credentials, signal)
  }

  /** @throws {ApiError} when the API server refuses; or an error of the network */
  async request(asked: ApiRequest): Promise<unknown> {
    const response = await this.#send(asked, TIMEOUT_MS)
    const status = response.statusCode ?? 0
    const answer: unknown = await json(response).catch(() => undefined)
    if (status >= 300) throw new ApiError(status, answer)
    return answer
  }

  /**
   * Reads an answer line by line, as its lines come.
   *
   * @param silenceMs how long none may come
   */
  async *lines(asked: ApiRequest, silenceMs: number): AsyncGenerator<string> {
    const response = await this.#send(asked, silenceMs)
    const status = response.statusCode ?? 0
    if (status >= 300) throw new ApiError(status, await json(response).catch(() => undefined))
    try {
      yield* createInterface({ input: response })
    } finally {
      response.destroy()
    }
    if (response.errored) throw response.errored
  }

  async #send(asked: ApiRequest, silenceMs: number): Promise<IncomingMessage> {
    this.#signal?.throwIfAborted()
    const { server } = this.#credentials
    const url = new URL(`${server.href.replace(/\/$/, '')}${asked.path}`)
    for (const [name, value] of Object.entries(asked.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, value)
    const options = await this.#credentials.options()
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
    const headers = {
      ...options.headers,
      Accept: asked.accept ?? 'application/json',
      'User-Agent': 'postern-operator',
      ...(body !== undefined && {
        'Content-Type': asked.contentType ?? 'application/json',
        'Content-Length': Buffer.byteLength(body),
      }),
    }
    const send = server.protocol === 'http:' ? requestHttp : requestHttps
    const sent: ClientRequest = send(url, {
      ...options,
      headers,
      method: asked.method,
      ...(this.#signal && { signal: this.#signal }),
    })
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`The API server was silent for ${silenceMs / 1000} s`)))
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    // The error of a connection that breaks off later is read from the answer's stream.
    sent.on('error', () => undefined)
    return response
  }
}

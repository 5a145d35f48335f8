import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'
import { BURST_MS, Crowd } from './core/overload/crowd.js'
import { RETRY_AFTER } from './core/overload/retry-after.js'
import { DoorServer } from './ingress/door/door-server.js'
import type { IngressHandler } from './ingress/handler.js'
import { refuseInTurn } from './ingress/overload/refuse-in-turn.js'
import type { Around } from './operate/telemetry/around.js'
import type { AppListener } from './request-classes.js'
import type { Limits } from './settings/limits.js'

/** Handles a request; returns false for a request that is not its own. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/** The bounds of a listener; see the settings `limits`. Times are in seconds. */
export type ListenerLimits = Pick<
  Limits,
  'connections' | 'requests' | 'headerBytes' | 'headersTimeout' | 'requestTimeout'
>

/** Takes note of a request that was shed, and of what there was too much. */
export type OnShed = (what: 'request' | 'connection') => void

/** The checks that a listener answers before Node's parser has read them. */
export interface QuickDoor {
  readonly ingress: IngressHandler
  readonly proxies: readonly string[]
}

/** Connections beyond the limit that still get an answer; the next ones are closed unread. */
const SPARE_CONNECTIONS = 100

/**
 * Creates an HTTP server. The handlers come first and bypass Express, through which a check would take several times as
 * long.
 *
 * Attack: a client holds thousands of connections and never finishes the head of a request. A head must arrive soon,
 * is bounded, and has a bounded number of others beside it.
 */
export function createHttpServer(
  handlers: readonly Handler[],
  otherwise: AppListener,
  {
    connections,
    requests,
    headerBytes,
    headersTimeout,
    requestTimeout,
    door,
    onShed = () => undefined,
  }: ListenerLimits & { readonly door?: QuickDoor; readonly onShed?: OnShed },
  around?: Around,
): Server {
  const times = {
    // Longer than proxies keep idle connections (60 s in nginx): closing one that a proxy is about to use fails its request.
    keepAliveTimeout: 75_000,
    headersTimeout: Math.min(headersTimeout, requestTimeout) * 1000,
    requestTimeout: requestTimeout * 1000,
    // Node looks for late heads every 30 s unless told otherwise, so that none would be late before.
    connectionsCheckingInterval: Math.min(headersTimeout * 500, 5_000),
  }
  let open = 0
  const crowd = new Crowd({ most: requests, burst: BURST_MS })
  const inTurn = refuseInTurn(connections)
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (handlers.some((handler) => handler(request, response))) return
    if (!crowd.sheds(performance.now())) {
      countIn(crowd, request, response)
      return otherwise(request, response)
    }
    onShed('request')
    inTurn(() => shed(request, response, 'There is more to do than can be done in time.'))
  }
  const isFull = () => open > connections
  const listener: RequestListener = (request, response) => {
    // A monitor is to learn that the process is alive, in particular when it is full.
    if (isFull() && !isMonitoring(request.url)) {
      onShed('connection')
      response.setHeader('Connection', 'close')
      return shed(request, response, 'Too many connections are open.')
    }
    if (around) around(request, response, () => handle(request, response))
    else handle(request, response)
  }
  const options = { ...times, maxHeaderSize: headerBytes, ...otherwise.classes }
  // A trace has what Node makes of each request.
  const server =
    door && !around ? new DoorServer(options, listener, { ...times, ...door, isFull }) : createServer(options, listener)
  server.on('connection', (socket: Socket) => {
    open++
    socket.once('close', () => open--)
    // Attack: a client breaks its connection off as soon as it has sent a request. It has no address then, as a proxy at a Unix
    // socket, and what it says of where it comes from would be believed. An address that was read once stays.
    if (hasAddresses(server) && socket.remoteAddress === undefined) socket.destroy()
  })
  server.maxConnections = connections + SPARE_CONNECTIONS
  server.on('clientError', refuseMalformed)
  // Without a listener Node closes the connection without a word.
  server.on('connect', (_request, socket: Socket) => refuse(socket, UNKNOWN_METHOD))
  return server
}

/** Returns whether those that connect have addresses: at a port, and not at a Unix socket. */
function hasAddresses(server: Server): boolean {
  const at = server.address()
  return at !== null && typeof at !== 'string'
}

/** Answers 503: the client may come again when others have left. */
function shed(request: IncomingMessage, response: ServerResponse, why: string): void {
  // A body that is not read would be in the way of the next request.
  if (hasBody(request)) response.setHeader('Connection', 'close')
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', ...RETRY_AFTER })
  response.end(`${why} Try again in a few seconds.\n`)
}

/**
 * Counts a request as under way from when it is there, to its answer.
 *
 * Attack: clients send bodies slowly, and pages are shed for all the others. What has yet to arrive is no work.
 */
function countIn(crowd: Crowd, request: IncomingMessage, response: ServerResponse): void {
  const enter = () => {
    if (response.closed) return
    crowd.enter()
    response.once('close', () => crowd.leave(performance.now()))
  }
  if (hasBody(request)) request.once('end', enter)
  else enter()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

const isMonitoring = (url = ''): boolean => /^\/health(?:\/(?:live|ready))?(?:\?|$)/.test(url)

/** Answers 404, for a listener without the Express app. */
export function nothingHere(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('Nothing is here.\n')
}

/** Answers malformed or too large HTTP with one sentence, and closes the connection. */
function refuseMalformed(error: ParseError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  refuse(socket, isUnknownMethod(error) ? UNKNOWN_METHOD : (SENTENCES[error.code ?? ''] ?? MALFORMED))
}

interface ParseError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
}

/** A proper request line, but for a method that Node does not know. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]\r?\n/

function isUnknownMethod({ code, rawPacket }: ParseError): boolean {
  return code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(rawPacket?.toString('latin1') ?? '')
}

interface Malformed {
  readonly status: number
  readonly sentence: string
  readonly headers?: readonly string[]
}

function refuse(socket: Socket, { status, sentence, headers = [] }: Malformed): void {
  const body = `${sentence}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...headers,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const MALFORMED: Malformed = { status: 400, sentence: 'The request is not valid HTTP.' }

const UNKNOWN_METHOD: Malformed = {
  status: 405,
  sentence: 'The method is not taken here.',
  headers: ['Allow: GET, HEAD, POST, PUT, PATCH, DELETE'],
}

const SENTENCES: Readonly<Record<string, Malformed>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    sentence: 'The header lines of the request are too large in all: clear the cookies of this site.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: 'The request did not arrive in time.' },
}

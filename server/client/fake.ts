import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerCall, ERROR, type FakeAnswer, NOT_FOUND, NOT_JSON, OUTAGE } from './fake-api.js'
import { addToken, type FakeCall, type FakeFailure, type FakeState } from './fake-state.js'
import type { UserInfo } from './wire.js'

export interface FakeOptions {
  /** Seconds since 1970, UTC, so that a test can let tokens run out; the system's when not given. */
  readonly clock?: () => number
}

export interface FakeTokenOptions {
  readonly scopes?: readonly string[]
  /** Seconds since 1970, UTC; the past, too. Never when not given. */
  readonly expires?: number
  readonly tokenName?: string
  /** `user` when not given. */
  readonly tokenType?: string
  readonly service?: string
}

/** A Postern for tests of what calls one: token-info, user-info, who may read programs, and listing, making and revoking tokens. Bearer tokens only. */
export interface FakePostern {
  /** For {@link PosternClientOptions.baseUrl}. */
  readonly url: string
  /** The calls that came, in order. */
  readonly calls: readonly FakeCall[]
  /** Makes a valid token, without the API's rules. */
  createToken(username: string, options?: FakeTokenOptions): string
  /** Sets a user's user-info. Other users are in no group. */
  setUserInfo(username: string, info: Omit<UserInfo, 'username' | 'groups'> & Partial<UserInfo>): void
  /**
   * Sets the readers of a program: all clients, or these users with tokens that have the scope `exclusive_access`. Other
   * programs have no readers.
   */
  setProgram(id: string, readers: 'public' | readonly string[]): void
  /** Makes a call fail until {@link heal}, for all clients. */
  failOn(call: FakeCall, failure: FakeFailure): void
  heal(): void
  stop(): Promise<void>
}

// biome-ignore format: a table reads in columns
const ROUTES: readonly (readonly [FakeCall, method: string, path: RegExp])[] = [
  ['tokenInfo',   'GET',    /^\/token-info$/],
  ['userInfo',    'GET',    /^\/user-info$/],
  ['listTokens',  'GET',    /^\/users\/([^/]+)\/tokens$/],
  ['createToken', 'POST',   /^\/users\/([^/]+)\/tokens$/],
  ['programAccess', 'POST',  /^\/programs\/access$/],
  ['revokeToken', 'DELETE', /^\/users\/([^/]+)\/tokens\/([^/]+)$/],
]

/**
 * Starts a fake on a free loopback port.
 *
 * ```ts
 * const fake = await startFakePostern()
 * const postern = new PosternClient({ baseUrl: fake.url })
 * const token = fake.createToken('ada', { scopes: ['read:tap'] })
 * expect((await postern.tokenInfo(token)).username).toBe('ada')
 * fake.failOn('tokenInfo', 'outage')
 * await fake.stop()
 * ```
 */
export async function startFakePostern({ clock = systemClock }: FakeOptions = {}): Promise<FakePostern> {
  const state: FakeState = {
    clock,
    tokens: new Map(),
    people: new Map(),
    programs: new Map(),
    failures: new Map(),
    calls: [],
  }
  const server = createServer((request, response) => {
    serve(state, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: state.calls,
    createToken: (username, { scopes = [], tokenType = 'user', ...rest } = {}) =>
      addToken(state, { username, scopes, tokenType, ...rest }),
    setUserInfo: (username, info) => void state.people.set(username, { groups: [], ...info }),
    setProgram: (id, readers) => void state.programs.set(id, readers),
    failOn: (call, failure) => void state.failures.set(call, failure),
    heal: () => state.failures.clear(),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(state: FakeState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://fake')
  const path = pathname.replace(/^\/auth\/api\/v1(?=\/)/, '')
  const [call, , pattern] = ROUTES.find(([, method, each]) => method === request.method && each.test(path)) ?? []
  if (!call || path === pathname) return send(response, NOT_FOUND)
  state.calls.push(call)
  const failure = state.failures.get(call)
  if (failure === 'silence') return
  if (failure === 'hang-up') return void response.destroy()
  if (failure) return send(response, failure === 'outage' ? OUTAGE : ERROR)
  const [, username = '', key = ''] = pattern?.exec(path) ?? []
  const { authorization } = request.headers
  const body = readJson(request.headers['content-type'], await text(request))
  send(response, body.isBroken ? NOT_JSON : answerCall(state, call, { authorization, body: body.value, username, key }))
}

function send(response: ServerResponse, { status, headers, body }: FakeAnswer): void {
  const content = body !== undefined && { 'Content-Type': 'application/json' }
  response.writeHead(status, { 'Cache-Control': 'no-cache, no-store', ...content, ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

/** Attack: a form of another site sends a body; its type is never JSON, so only JSON is read. */
function readJson(type: string | undefined, content: string): { value?: unknown; isBroken?: true } {
  if (!type?.startsWith('application/json')) return {}
  try {
    return { value: JSON.parse(content) }
  } catch {
    return { isBroken: true }
  }
}

function systemClock(): number {
  return Math.floor(Date.now() / 1000)
}

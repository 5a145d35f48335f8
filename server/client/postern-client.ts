import type { z } from 'zod'
import { errorOf, PosternError } from './postern-error.js'
import {
  createdTokenSchema,
  type ProgramAccess,
  programAccessSchema,
  type TokenInfo,
  tokenInfoSchema,
  tokenListSchema,
  type UserInfo,
  userInfoSchema,
} from './wire.js'

export interface PosternClientOptions {
  /** Where Postern is, such as `https://data.example.org` or `https://example.org/postern`. */
  readonly baseUrl: string | URL
  /** Sends the requests; the platform's `fetch` when not given. */
  readonly fetch?: typeof globalThis.fetch
  /** Milliseconds until a call is given up; 5000 when not given. */
  readonly timeout?: number
}

/** A user token to make. */
export interface NewToken {
  /** 1 to 64 characters, not the name of another token of the user. */
  readonly tokenName: string
  /** No more than the calling token has; none when not given. */
  readonly scopes?: readonly string[]
  /** Seconds since 1970, UTC, five minutes from now or later; never when not given. */
  readonly expires?: number
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

/** RFC 6750 §2.1: the characters of a token. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
const USERNAME = /^(?=.{1,64}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/
const KEY = /^[A-Za-z0-9_-]{22}$/
/** More programs than this are asked about in several questions. */
const PROGRAMS_AT_ONCE = 1000

/**
 * Calls Postern's API, and Gafaelfawr's, with a user's token. Every call throws {@link PosternError} when the API refuses
 * or fails, and `TypeError` for an argument that cannot be a token, a user name or a key.
 *
 * ```ts
 * const postern = new PosternClient({ baseUrl: 'https://data.example.org' })
 * const { username, scopes } = await postern.tokenInfo(token)
 * ```
 */
export class PosternClient {
  readonly #api: string
  readonly #fetch: typeof globalThis.fetch
  readonly #timeout: number

  constructor({ baseUrl, fetch = globalThis.fetch, timeout = 5000 }: PosternClientOptions) {
    const { origin, pathname } = new URL(baseUrl)
    this.#api = `${origin}${pathname.replace(/\/$/, '')}/auth/api/v1`
    this.#fetch = fetch
    this.#timeout = timeout
  }

  /** Whose token it is, and what it may do. A token that is no more is a `PosternError` with status 401. */
  async tokenInfo(token: string): Promise<TokenInfo> {
    return this.#call(token, { method: 'GET', path: '/token-info', answer: tokenInfoSchema })
  }

  /** Who the token's owner is. */
  async userInfo(token: string): Promise<UserInfo> {
    return this.#call(token, { method: 'GET', path: '/user-info', answer: userInfoSchema })
  }

  /** A user's tokens of every type, without their parents. */
  async listTokens(token: string, username: string): Promise<TokenInfo[]> {
    return this.#call(token, { method: 'GET', path: tokensOf(username), answer: tokenListSchema })
  }

  /** Creates a user token for the calling token's owner. The API never returns it a second time. */
  async createToken(token: string, username: string, wish: NewToken): Promise<string> {
    const body = { token_name: wish.tokenName, scopes: wish.scopes ?? [], expires: wish.expires ?? null }
    return (await this.#call(token, { method: 'POST', path: tokensOf(username), answer: createdTokenSchema, body }))
      .token
  }

  /** Revokes a token by its key: the 22 characters after `gt-`. */
  async revokeToken(token: string, username: string, key: string): Promise<void> {
    // A whole token in the path would write its secret into the log of every proxy on the way.
    if (!KEY.test(key))
      throw new TypeError('A key is the 22 characters between "gt-" and the dot, not the whole token.')
    await this.#call(token, { method: 'DELETE', path: `${tokensOf(username)}/${key}` })
  }

  /**
   * Returns the present access of the token's owner to the data of programs, for a table that shows locks. An unknown
   * program is `exclusive`.
   */
  async programAccess(token: string, programs: Iterable<string>): Promise<Map<string, ProgramAccess>> {
    const ids = [...new Set(programs)]
    const found = new Map<string, ProgramAccess>()
    for (let start = 0; start < ids.length; start += PROGRAMS_AT_ONCE) {
      const body = { programs: ids.slice(start, start + PROGRAMS_AT_ONCE) }
      const answers = await this.#call(token, {
        method: 'POST',
        path: '/programs/access',
        answer: programAccessSchema,
        body,
      })
      for (const { id, access } of answers) found.set(id, access)
    }
    return found
  }

  #call<T>(token: string, call: Call & { readonly answer: z.ZodType<T> }): Promise<T>
  #call(token: string, call: Call): Promise<void>
  async #call(token: string, { method, path, body, answer }: Call & { readonly answer?: z.ZodType }): Promise<unknown> {
    // fetch would refuse it, too, with the token in its message.
    if (!TOKEN.test(token)) throw new TypeError('The token has characters that no token has, perhaps a line end.')
    const call = `${method} ${path}`
    const { status, text } = await this.#send(call, `${this.#api}${path}`, {
      method,
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // Attack: Postern never redirects here; a server that does is another one, and must not get the token.
      redirect: 'manual',
      signal: AbortSignal.timeout(this.#timeout),
    })
    const json = readJson(text)
    if (status < 200 || status > 299) throw errorOf(call, status, json)
    if (!answer) return undefined
    const read = answer.safeParse(json)
    if (read.success) return read.data
    const places = read.error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ')
    throw new PosternError(`${call}: an answer that Postern does not give (${places})`, 'unexpected_answer', status)
  }

  /** Says why there was no answer in a word only: messages of others may quote the request. */
  async #send(call: string, url: string, init: RequestInit): Promise<{ status: number; text: string }> {
    const fetch = this.#fetch
    try {
      const response = await fetch(url, init)
      return { status: response.status, text: await response.text() }
    } catch (error) {
      const { name, cause } = error as { name?: string; cause?: { code?: string } }
      throw new PosternError(`${call}: no answer (${cause?.code ?? name})`, 'unreachable')
    }
  }
}

/** A user name from a request could be `..`, which would make another route of it. */
function tokensOf(username: string): string {
  if (!USERNAME.test(username)) throw new TypeError('The user name is none: lowercase letters, digits, inner dashes.')
  return `/users/${username}/tokens`
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

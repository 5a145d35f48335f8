import { createHash } from 'node:crypto'
import { PosternError } from './postern-error.js'
import type { TokenInfo } from './wire.js'

/** Who knows tokens: a {@link PosternClient}, or a test's own. */
export interface TokenSource {
  /** Throws a `PosternError` of status 401 for a token that is none. */
  tokenInfo(token: string): Promise<TokenInfo>
}

export interface TokenInfoCacheOptions {
  /** Seconds for which Postern's word is good, and so for which a revoked token may still be let in; 60 when not given. */
  readonly maxAge?: number
  /** Seconds for which a bad token is refused without asking again; 5 when not given. */
  readonly maxRefusalAge?: number
  /** How many good tokens to remember, and as many bad ones; 1000 when not given. */
  readonly maxEntries?: number
  /** Seconds since 1970, UTC; the system's when not given. */
  readonly clock?: () => number
}

interface Entry {
  readonly from: number
  readonly until: number
  readonly info: TokenInfo | undefined
}

/** Remembers what Postern says of tokens: by their SHA-256, so that a dump of the memory it takes gives no token away. */
export class TokenInfoCache {
  readonly #source: TokenSource
  readonly #options: Required<TokenInfoCacheOptions>
  readonly #valid = new Map<string, Entry>()
  /** Kept apart. Attack: invented tokens, which any client can send, would evict real ones. */
  readonly #refused = new Map<string, Entry>()
  readonly #inFlight = new Map<string, Promise<TokenInfo | undefined>>()

  constructor(source: TokenSource, options: TokenInfoCacheOptions = {}) {
    const clock = () => Math.floor(Date.now() / 1000)
    this.#source = source
    this.#options = { maxAge: 60, maxRefusalAge: 5, maxEntries: 1000, clock, ...options }
  }

  /**
   * Returns Postern's description of the token; undefined when it is not valid. Concurrent calls for one token share
   * one request. An outage of Postern is never cached.
   *
   * @throws the source's error, unless it is about the token
   */
  async find(token: string): Promise<TokenInfo | undefined> {
    const name = createHash('sha256').update(token).digest('base64')
    const now = this.#options.clock()
    const known = this.#valid.get(name) ?? this.#refused.get(name)
    // A clock that was set back makes nothing younger than it is.
    if (known && known.from <= now && now < known.until) return known.info
    const asking = this.#inFlight.get(name) ?? this.#fetch(name, token, now).finally(() => this.#inFlight.delete(name))
    this.#inFlight.set(name, asking)
    return asking
  }

  /** The age counts from the question: the answer may be on its way while the token is revoked. */
  async #fetch(name: string, token: string, from: number): Promise<TokenInfo | undefined> {
    const { maxAge, maxRefusalAge } = this.#options
    this.#valid.delete(name)
    this.#refused.delete(name)
    const info = await this.#source.tokenInfo(token).catch(nothingIfRefused)
    if (!info) this.#store(this.#refused, name, { from, until: from + maxRefusalAge, info })
    else this.#store(this.#valid, name, { from, until: Math.min(from + maxAge, info.expires ?? Infinity), info })
    return info
  }

  /** The first in is the first out: it would be the first to be asked for again anyway. */
  #store(entries: Map<string, Entry>, name: string, entry: Entry): void {
    entries.set(name, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= this.#options.maxEntries) return
      entries.delete(oldest)
    }
  }
}

/** Gafaelfawr says `invalid_token` with 403, too, of a token that one of its stores has and the other has not. */
function nothingIfRefused(error: unknown): undefined {
  if (error instanceof PosternError && (error.status === 401 || error.code === 'invalid_token')) return undefined
  throw error
}

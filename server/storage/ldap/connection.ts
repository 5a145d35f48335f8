import { tracingChannel } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { type Entry, type Filter, ResultCodeError } from 'ldapts'
import type { Logger } from 'pino'
import type { Clock, EpochSeconds } from '../../core/time.js'
import type { LdapSettings } from '../../settings/ldap.js'
import { SettingsError } from '../../settings/load.js'
import { LdapError } from '../unavailable.js'
import { type LdapSocket, openLdapSocket } from './socket.js'

export interface LdapSearch {
  readonly base: string
  /** An object and not a text: a value in it is sent unchanged, so that no code has to escape it (RFC 4515). */
  readonly filter: Filter
  readonly attributes: readonly string[]
}

/** Where telemetry follows the searches for one user. A message has nothing of them. */
export const SEARCHES = tracingChannel('postern:ldap:search')

const UNAVAILABLE = 'LDAP unavailable'
const MAX_RETRY_PAUSE_SECONDS = 30
const PAGE_SIZE = 500
/** More than any site has; an endless response must not exhaust the memory. */
const MAX_ENTRIES = 200_000
/** RFC 4511, appendix A: busy and unavailable. */
const RETRYABLE = [51, 52]

/**
 * Searches LDAP over one persistent connection, reopened when it was closed. While LDAP fails it is retried after 1, 2, 4 … 30
 * seconds, in the background, and every search until then fails at once. Referrals are not followed: the operator has not
 * chosen to trust those servers.
 */
export class LdapConnection {
  readonly #ca: Buffer | undefined
  #held: LdapSocket | undefined
  #opening: Promise<LdapSocket> | undefined
  #failing = false
  #retryAt: EpochSeconds = 0
  /** How long to wait after the next attempt, in seconds. */
  #pause = 1

  constructor(
    private readonly settings: LdapSettings,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.#ca = readCa(settings.caFile)
  }

  /** @throws LdapError */
  search(search: LdapSearch): Promise<Entry[]> {
    return SEARCHES.tracePromise(() => this.#search(search), {})
  }

  async #search(search: LdapSearch): Promise<Entry[]> {
    const wasOpen = this.#held?.isOpen() === true
    const socket = await this.#socket()
    try {
      return await this.#ask(socket, search)
    } catch (error) {
      // An idle connection may have been closed during the search; that is no failure of the directory.
      if (!wasOpen || socket.isOpen() || isTimeout(error)) throw this.#failed(socket, error)
    }
    const fresh = await this.#socket()
    return this.#ask(fresh, search).catch((error: unknown) => {
      throw this.#failed(fresh, error)
    })
  }

  /**
   * Lists all entries, in pages. On a connection of its own: servers keep one position in a list per connection.
   *
   * @throws LdapError
   */
  async searchAll({ base, filter, attributes }: LdapSearch): Promise<Entry[]> {
    if (this.#failing && this.clock() < this.#retryAt) throw new LdapError(UNAVAILABLE)
    const found: Entry[] = []
    let socket: LdapSocket | undefined
    try {
      socket = await openLdapSocket(this.settings, this.#ca)
      const options = { filter, attributes: [...attributes], paged: { pageSize: PAGE_SIZE } }
      for await (const { searchEntries } of socket.client.searchPaginated(base, options)) {
        found.push(...searchEntries)
        if (found.length > MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} entries`)
      }
      return found
    } catch (error) {
      throw toLdapError(base, error)
    } finally {
      socket?.close()
    }
  }

  close(): void {
    this.#held?.close()
    void this.#opening?.then(
      (socket) => socket.close(),
      () => undefined,
    )
  }

  async #ask({ client }: LdapSocket, { base, filter, attributes }: LdapSearch): Promise<Entry[]> {
    const { searchEntries } = await client.search(base, { filter, attributes: [...attributes] })
    if (this.#failing) this.log.info('LDAP available again')
    this.#failing = false
    this.#pause = 1
    return searchEntries
  }

  #socket(): Promise<LdapSocket> {
    if (this.#held?.isOpen()) return Promise.resolve(this.#held)
    if (!this.#failing) return this.#open()
    if (this.clock() >= this.#retryAt) {
      this.#wait()
      this.#open().catch(() => undefined)
    }
    return Promise.reject(new LdapError(UNAVAILABLE))
  }

  /** Opens the connection; concurrent callers share one attempt. */
  #open(): Promise<LdapSocket> {
    this.#held = undefined
    this.#opening ??= openLdapSocket(this.settings, this.#ca)
      .then(
        (socket) => {
          this.#held = socket
          return socket
        },
        (error: unknown) => {
          throw this.#failed(undefined, error)
        },
      )
      .finally(() => {
        this.#opening = undefined
      })
    return this.#opening
  }

  #wait(): void {
    this.#retryAt = this.clock() + this.#pause
    this.#pause = Math.min(this.#pause * 2, MAX_RETRY_PAUSE_SECONDS)
  }

  /** Records a failure of the directory; a refused search is none. */
  #failed(socket: LdapSocket | undefined, error: unknown): LdapError {
    const failure = toLdapError(this.settings.url.host, error)
    if (socket && error instanceof ResultCodeError && !RETRYABLE.includes(error.code)) {
      this.log.error({ cause: failure.message }, 'LDAP search refused')
      return failure
    }
    // Of the searches that fail together with one connection only the first counts.
    if (socket !== this.#held) return failure
    socket?.close()
    this.#held = undefined
    if (this.clock() >= this.#retryAt) this.#wait()
    if (!this.#failing) this.log.error({ cause: failure.message }, UNAVAILABLE)
    this.#failing = true
    return failure
  }
}

function toLdapError(what: string, error: unknown): LdapError {
  return error instanceof LdapError ? error : new LdapError(`${what}: ${(error as Error).message}`, { cause: error })
}

const isTimeout = (error: unknown) => /timed out/.test((error as Error).message)

function readCa(file: string | undefined): Buffer | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file)
  } catch (error) {
    throw new SettingsError([`ldap.caFile: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`])
  }
}

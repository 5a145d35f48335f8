import type { RedisClient } from '../redis/client.js'
import { identityOf } from '../redis/server-identity.js'
import { listenTo, type RedisListener } from '../redis/subscription.js'
import { type Announcements, channelOf } from './invalidation-publisher.js'
import type { TokenMemory } from './token-cache.js'

/** How often this process tells itself by way of Redis that it can hear. */
const BEAT_MS = 250
/** So many beats without a sound mean that the connection is open at one end only. */
const MOST_SILENT = 3

interface Watched {
  readonly redis: RedisClient
  readonly memory: TokenMemory
  readonly announcements: Announcements
  readonly random: (size: number) => Buffer
}

/**
 * Listens for changes on a connection of its own, and lets the memory be trusted as long as none can be missed: the
 * connection is open, what this process says through Redis comes back on it, and Redis is the same as before, with what it
 * had. Whenever that was not so, Redis has first to be told what it may have lost.
 */
export class RedisWatch {
  /** Resolves when the memory is trusted for the first time. */
  readonly trusted: Promise<void>
  readonly #watched: Watched
  readonly #restore: () => Promise<unknown>
  readonly #onError: (error: Error) => void
  readonly #channel: string
  /** By which this process knows its own beats. */
  readonly #name: string
  readonly #timer: NodeJS.Timeout
  readonly #lose = () => this.#onLost()
  #listener: RedisListener | undefined
  #tellTrusted: () => void = () => undefined
  #beat = 0
  /** Only what was said after the last loss proves anything. */
  #firstThatCounts = 1
  #heard = 0
  #silent = 0
  /** Which Redis has been told everything. */
  #identity: string | undefined
  #isBusy = false
  #isStopped = false

  /** @param restore tells Redis what it may have lost */
  constructor(watched: Watched, restore: () => Promise<unknown>, onError: (error: Error) => void) {
    this.#watched = watched
    this.#restore = restore
    this.#onError = onError
    this.#channel = channelOf(watched.redis)
    this.#name = watched.random(9).toString('base64url')
    this.trusted = new Promise((resolve) => {
      this.#tellTrusted = resolve
    })
    watched.redis.on('close', this.#lose)
    this.#timer = setInterval(() => this.#tick(), BEAT_MS)
    this.#tick()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#watched.redis.off('close', this.#lose)
    this.#listener?.stop()
  }

  #tick(): void {
    // Counted in beats and not in time: a process that was stopped for a while has not listened, and has not answered either.
    if (++this.#silent > MOST_SILENT && this.#watched.memory.isTrusted) this.#onLost()
    if (this.#isBusy) return
    this.#isBusy = true
    this.#settle()
      .catch(this.#lose)
      .finally(() => {
        this.#isBusy = false
      })
  }

  async #settle(): Promise<void> {
    const { redis, announcements, random } = this.#watched
    if (!this.#listener || this.#listener.isLost()) this.#listen()
    await announcements.catchUp()
    await this.#say()
    const age = this.#firstThatCounts
    const present = await identityOf(redis, random)
    if (this.#identity !== undefined && this.#identity !== present) this.#onLost()
    if (this.#identity !== undefined) return this.#consider()
    await this.#restore()
    const isStill = age === this.#firstThatCounts && present === (await identityOf(redis, random))
    if (!isStill) return
    this.#identity = present
    this.#consider()
  }

  #listen(): void {
    this.#listener = listenTo(this.#watched.redis, this.#channel, {
      onMessage: (message) => this.#hear(message),
      onLost: this.#lose,
      onListening: () => void this.#say().catch(this.#lose),
      onError: this.#onError,
    })
  }

  async #say(): Promise<void> {
    await this.#watched.redis.publish(this.#channel, `beat ${this.#name} ${++this.#beat}`)
  }

  #hear(message: string): void {
    const [word, from, number] = message.split(' ')
    if (word !== 'beat') this.#watched.memory.forget(message.split(' '))
    if (word !== 'beat' || from !== this.#name) return
    this.#heard = Math.max(this.#heard, Number(number))
    this.#silent = 0
    this.#consider()
  }

  #consider(): void {
    const { memory } = this.#watched
    const hears = this.#heard >= this.#firstThatCounts && this.#silent <= MOST_SILENT
    if (this.#isStopped || this.#identity === undefined || !hears || memory.isTrusted) return
    memory.trust()
    this.#tellTrusted()
  }

  #onLost(): void {
    this.#firstThatCounts = this.#beat + 1
    this.#identity = undefined
    if (!this.#watched.memory.isTrusted) return
    this.#watched.memory.distrust()
    this.#onError(new Error('Changes of tokens are not heard of: nothing is remembered until they are'))
  }
}

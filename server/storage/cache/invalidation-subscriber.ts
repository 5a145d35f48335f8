import type { RedisClient } from '../redis/client.js'
import { identityOf } from '../redis/server-identity.js'
import { type RedisSubscription, subscribe } from '../redis/subscription.js'
import { channelOf, type InvalidationPublisher } from './invalidation-publisher.js'
import type { TokenCache } from './token-cache.js'

/** How often this process tells itself by way of Redis that it can hear. */
const HEARTBEAT_MS = 250
/** So many beats without a sound mean that the connection is open at one end only. */
const MAX_MISSED_HEARTBEATS = 3

interface SubscriberParts {
  readonly redis: RedisClient
  readonly tokenCache: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly random: (size: number) => Buffer
}

/**
 * Listens for changes on a connection of its own, and lets the memory be trusted as long as none can be missed: the
 * connection is open, what this process says through Redis comes back on it, and Redis is the same as before, with what it
 * had. Whenever that was not so, Redis has first to be told what it may have lost.
 */
export class InvalidationSubscriber {
  /** Resolves when the memory is trusted for the first time. */
  readonly isEnabled: Promise<void>
  readonly #parts: SubscriberParts
  readonly #restore: () => Promise<unknown>
  readonly #onError: (error: Error) => void
  readonly #channel: string
  /** By which this process knows its own beats. */
  readonly #name: string
  readonly #timer: NodeJS.Timeout
  readonly #markLost = () => this.#onLost()
  #subscription: RedisSubscription | undefined
  #resolveEnabled: () => void = () => undefined
  #sequence = 0
  /** Only what was said after the last loss proves anything. */
  #firstThatCounts = 1
  #lastReceived = 0
  #missedHeartbeats = 0
  /** Which Redis has been told everything. */
  #identity: string | undefined
  #isBusy = false
  #isStopped = false

  /** @param restore tells Redis what it may have lost */
  constructor(watched: SubscriberParts, restore: () => Promise<unknown>, onError: (error: Error) => void) {
    this.#parts = watched
    this.#restore = restore
    this.#onError = onError
    this.#channel = channelOf(watched.redis)
    this.#name = watched.random(9).toString('base64url')
    this.isEnabled = new Promise((resolve) => {
      this.#resolveEnabled = resolve
    })
    watched.redis.on('close', this.#markLost)
    this.#timer = setInterval(() => this.#tick(), HEARTBEAT_MS)
    this.#tick()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#parts.redis.off('close', this.#markLost)
    this.#subscription?.stop()
  }

  #tick(): void {
    // Counted in beats and not in time: a process that was stopped for a while has not listened, and has not answered either.
    if (++this.#missedHeartbeats > MAX_MISSED_HEARTBEATS && this.#parts.tokenCache.isEnabled) this.#onLost()
    if (this.#isBusy) return
    this.#isBusy = true
    this.#reconcile()
      .catch(this.#markLost)
      .finally(() => {
        this.#isBusy = false
      })
  }

  async #reconcile(): Promise<void> {
    const { redis, invalidations, random } = this.#parts
    if (!this.#subscription || this.#subscription.isLost()) this.#subscribe()
    await invalidations.flushPending()
    await this.#sendHeartbeat()
    const age = this.#firstThatCounts
    const present = await identityOf(redis, random)
    if (this.#identity !== undefined && this.#identity !== present) this.#onLost()
    if (this.#identity !== undefined) return this.#maybeEnable()
    await this.#restore()
    const isStill = age === this.#firstThatCounts && present === (await identityOf(redis, random))
    if (!isStill) return
    this.#identity = present
    this.#maybeEnable()
  }

  #subscribe(): void {
    this.#subscription = subscribe(this.#parts.redis, this.#channel, {
      onMessage: (message) => this.#onMessage(message),
      onLost: this.#markLost,
      onListening: () => void this.#sendHeartbeat().catch(this.#markLost),
      onError: this.#onError,
    })
  }

  async #sendHeartbeat(): Promise<void> {
    await this.#parts.redis.publish(this.#channel, `beat ${this.#name} ${++this.#sequence}`)
  }

  #onMessage(message: string): void {
    const [word, from, number] = message.split(' ')
    if (word !== 'beat') this.#parts.tokenCache.invalidate(message.split(' '))
    if (word !== 'beat' || from !== this.#name) return
    this.#lastReceived = Math.max(this.#lastReceived, Number(number))
    this.#missedHeartbeats = 0
    this.#maybeEnable()
  }

  #maybeEnable(): void {
    const { tokenCache } = this.#parts
    const hears = this.#lastReceived >= this.#firstThatCounts && this.#missedHeartbeats <= MAX_MISSED_HEARTBEATS
    if (this.#isStopped || this.#identity === undefined || !hears || tokenCache.isEnabled) return
    tokenCache.enable()
    this.#resolveEnabled()
  }

  #onLost(): void {
    this.#firstThatCounts = this.#sequence + 1
    this.#identity = undefined
    if (!this.#parts.tokenCache.isEnabled) return
    this.#parts.tokenCache.bypass()
    this.#onError(new Error('Changes of tokens are not heard of: nothing is remembered until they are'))
  }
}

import type { ForeignTokens } from '../foreign-tokens.js'
import type { RedisClient } from '../redis/client.js'
import { identityOf } from '../redis/server-identity.js'
import { type RedisSubscription, subscribe } from '../redis/subscription.js'
import type { UnsealedKeyLookup } from '../unsealed-key-lookup.js'
import { decodeMessage, encodeMessage } from './invalidation-message.js'
import { channelOf, type InvalidationPublisher } from './invalidation-publisher.js'
import type { TokenCache } from './token-cache.js'

/** How often this process publishes a heartbeat to itself. */
const HEARTBEAT_MS = 250
/** So many missed heartbeats mean that the connection is open at one end only. */
const MAX_MISSED_HEARTBEATS = 3

interface SubscriberParts {
  readonly redis: RedisClient
  readonly tokenCache: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly unsealedKeys: Pick<UnsealedKeyLookup, 'learn'>
  readonly foreignTokens: Pick<ForeignTokens, 'readAgain'>
  readonly random: (size: number) => Buffer
}

/**
 * Subscribes to invalidations on a connection of its own, and enables the token cache while none can be missed: the
 * subscription is open, this process' own heartbeats arrive on it, and Redis is the same server with the same data. After
 * each loss `restore` first writes to Redis the revocations that it may have lost.
 */
export class InvalidationSubscriber {
  /** Resolves when the cache is enabled for the first time. */
  readonly isEnabled: Promise<void>
  readonly #parts: SubscriberParts
  readonly #restore: () => Promise<unknown>
  readonly #onError: (error: Error) => void
  readonly #channel: string
  /** Tells this process' heartbeats from those of other replicas. */
  readonly #sender: string
  readonly #timer: NodeJS.Timeout
  readonly #markLost = () => this.#onLost()
  #subscription: RedisSubscription | undefined
  #resolveEnabled: () => void = () => undefined
  #sequence = 0
  /** Heartbeats published before the last loss prove nothing. */
  #firstValidSequence = 1
  #lastReceived = 0
  #missedHeartbeats = 0
  /** The server that was restored; undefined after a loss. */
  #identity: string | undefined
  #isBusy = false
  #isStopped = false

  /** @param restore writes to Redis the revocations that it may have lost */
  constructor(parts: SubscriberParts, restore: () => Promise<unknown>, onError: (error: Error) => void) {
    this.#parts = parts
    this.#restore = restore
    this.#onError = onError
    this.#channel = channelOf(parts.redis)
    this.#sender = parts.random(9).toString('base64url')
    this.isEnabled = new Promise((resolve) => {
      this.#resolveEnabled = resolve
    })
    parts.redis.on('close', this.#markLost)
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
    // Counted in heartbeats and not in time: a process that was suspended has received no message, and served no request.
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
    const firstValidSequence = this.#firstValidSequence
    const present = await identityOf(redis, random)
    if (this.#identity !== undefined && this.#identity !== present) this.#onLost()
    if (this.#identity !== undefined) return this.#maybeEnable()
    await this.#restore()
    const isSame = firstValidSequence === this.#firstValidSequence && present === (await identityOf(redis, random))
    if (!isSame) return
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
    const heartbeat = { type: 'heartbeat', sender: this.#sender, sequence: ++this.#sequence } as const
    await this.#parts.redis.publish(this.#channel, encodeMessage(heartbeat))
  }

  #onMessage(text: string): void {
    const message = decodeMessage(text)
    // A message that cannot be read may report any change.
    if (!message) this.#parts.tokenCache.invalidateAll()
    else if (message.type === 'invalidate') {
      if (this.#parts.unsealedKeys.learn(message.topics)) this.#parts.foreignTokens.readAgain()
      this.#parts.tokenCache.invalidate(message.topics)
    } else if (message.sender === this.#sender) this.#onHeartbeat(message.sequence)
  }

  #onHeartbeat(sequence: number): void {
    this.#lastReceived = Math.max(this.#lastReceived, sequence)
    this.#missedHeartbeats = 0
    this.#maybeEnable()
  }

  #maybeEnable(): void {
    const { tokenCache } = this.#parts
    const isReceiving =
      this.#lastReceived >= this.#firstValidSequence && this.#missedHeartbeats <= MAX_MISSED_HEARTBEATS
    if (this.#isStopped || this.#identity === undefined || !isReceiving || tokenCache.isEnabled) return
    tokenCache.enable()
    this.#resolveEnabled()
  }

  #onLost(): void {
    this.#firstValidSequence = this.#sequence + 1
    this.#identity = undefined
    if (!this.#parts.tokenCache.isEnabled) return
    this.#parts.tokenCache.bypass()
    this.#onError(new Error('Invalidation channel lost; token cache bypassed'))
  }
}

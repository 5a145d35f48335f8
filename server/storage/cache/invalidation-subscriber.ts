import type { ForeignTokens } from '../foreign-tokens.js'
import type { RedisClient } from '../redis/client.js'
import { publishAndIdentify } from '../redis/server-identity.js'
import { type RedisSubscription, subscribe } from '../redis/subscription.js'
import type { UnsealedKeyLookup } from '../unsealed-key-lookup.js'
import { decodeMessage, encodeMessage } from './invalidation-message.js'
import { channelOf, heartbeatChannelOf, type InvalidationPublisher } from './invalidation-publisher.js'
import { Reception } from './reception.js'
import type { TokenCache } from './token-cache.js'

/** How often one process publishes a heartbeat to all, and each judges what has arrived. */
const TICK_MS = 250

interface SubscriberParts {
  readonly redis: RedisClient
  readonly tokenCache: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly unsealedKeys: Pick<UnsealedKeyLookup, 'learn'>
  readonly foreignTokens: Pick<ForeignTokens, 'readAgain'>
  readonly random: (size: number) => Buffer
}

/**
 * Subscribes to invalidations on a connection of its own, and enables the token cache while none can be missed: heartbeats
 * arrive on both of its channels, and Redis is the same server with the same data. While all is well one process sends four
 * heartbeats a second to all, and each asks Redis once a second. After each loss `restore` first writes to
 * Redis the revocations that it may have lost.
 */
export class InvalidationSubscriber {
  /** Resolves when the cache is enabled for the first time. */
  readonly isEnabled: Promise<void>
  readonly #parts: SubscriberParts
  readonly #restore: () => Promise<unknown>
  readonly #onError: (error: Error) => void
  readonly #sender: string
  /** The channel of all processes, with the invalidations. */
  readonly #channel: string
  /** The channel that this process alone hears. */
  readonly #ownChannel: string
  readonly #reception: Reception
  readonly #timer: NodeJS.Timeout
  readonly #markLost = () => this.#onLost()
  #subscription: RedisSubscription | undefined
  #resolveEnabled: () => void = () => undefined
  /** The server that was restored; undefined after a loss. */
  #identity: string | undefined
  #losses = 0
  #isBusy = false
  #isTakingOver = false
  #isStopped = false

  /** @param restore writes to Redis the revocations that it may have lost */
  constructor(parts: SubscriberParts, restore: () => Promise<unknown>, onError: (error: Error) => void) {
    this.#parts = parts
    this.#restore = restore
    this.#onError = onError
    this.#sender = parts.random(9).toString('base64url')
    this.#reception = new Reception(this.#sender)
    this.#channel = channelOf(parts.redis)
    this.#ownChannel = heartbeatChannelOf(this.#sender)
    this.isEnabled = new Promise((resolve) => {
      this.#resolveEnabled = resolve
    })
    parts.redis.on('close', this.#markLost)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#tick()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#parts.redis.off('close', this.#markLost)
    this.#subscription?.stop()
  }

  #tick(): void {
    this.#reception.tick()
    if (this.#reception.isBroken) this.#subscription?.lose()
    if (this.#reception.isOverdue && this.#parts.tokenCache.isEnabled) this.#onLost()
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
    if (this.#identity !== undefined && !this.#reception.isProofDue) return this.#maybeEnable()
    const losses = this.#losses
    const present = await publishAndIdentify(redis, random, this.#heartbeats())
    if (this.#identity !== undefined && this.#identity !== present) this.#onLost()
    if (this.#identity !== undefined) return this.#maybeEnable()
    await this.#restore()
    const isSame = losses === this.#losses && present === (await publishAndIdentify(redis, random))
    if (!isSame) return
    this.#identity = present
    this.#maybeEnable()
  }

  #subscribe(): void {
    this.#subscription = subscribe(this.#parts.redis, [this.#channel, this.#ownChannel], {
      onMessage: (channel, message) => this.#onMessage(channel, message),
      onLost: this.#markLost,
      onListening: () => this.#onListening(),
      onError: this.#onError,
    })
  }

  #onListening(): void {
    this.#reception.listen()
    this.#sendHeartbeat(this.#ownChannel)
  }

  #heartbeats(): { readonly channel: string; readonly text: string }[] {
    const channels = [this.#ownChannel, ...(this.#reception.isSender ? [this.#channel] : [])]
    return channels.map((channel) => ({ channel, text: this.#next() }))
  }

  /** Many processes notice at once that none sends to all, as after a restart of Redis: the first to send serves all. */
  #takeOver(): void {
    if (this.#isTakingOver) return
    this.#isTakingOver = true
    const send = () => {
      this.#isTakingOver = false
      if (!this.#isStopped && this.#reception.isSilent) this.#sendHeartbeat(this.#channel)
    }
    setTimeout(send, (this.#parts.random(1)[0] ?? 0) / 4).unref()
  }

  #sendHeartbeat(channel: string): void {
    this.#parts.redis.publish(channel, this.#next()).catch(this.#markLost)
  }

  #next(): string {
    return encodeMessage({ type: 'heartbeat', sender: this.#sender, sequence: this.#reception.next() })
  }

  #onMessage(channel: string, text: string): void {
    const message = decodeMessage(text)
    if (channel === this.#channel) this.#reception.heardAll(message?.type === 'heartbeat' ? message.sender : undefined)
    // A message that cannot be read may report any change.
    if (!message) this.#parts.tokenCache.invalidateAll()
    else if (message.type === 'invalidate') {
      if (this.#parts.unsealedKeys.learn(message.topics)) this.#parts.foreignTokens.readAgain()
      this.#parts.tokenCache.invalidate(message.topics)
    } else if (channel === this.#ownChannel && message.sender === this.#sender) {
      this.#reception.heardOwn(message.sequence)
      if (this.#reception.isToTakeOver) this.#takeOver()
    }
    this.#maybeEnable()
  }

  #maybeEnable(): void {
    const { tokenCache } = this.#parts
    if (this.#isStopped || this.#identity === undefined || !this.#reception.isComplete || tokenCache.isEnabled) return
    tokenCache.enable()
    this.#resolveEnabled()
  }

  #onLost(): void {
    this.#losses++
    this.#reception.begin()
    this.#identity = undefined
    if (!this.#parts.tokenCache.isEnabled) return
    this.#parts.tokenCache.bypass()
    this.#onError(new Error('Invalidation channel lost; token cache bypassed'))
  }
}

import { isCluster, type RedisClient } from '../redis/client.js'
import { encodeMessage } from './invalidation-message.js'
import type { TokenCache } from './token-cache.js'
import type { Topic } from './topic.js'

/** Topics that wait to be published again; older ones are left to the age limit of the caches. */
const MAX_PENDING_TOPICS = 10_000

/** A message as a script publishes it. */
export interface PublishedMessage {
  readonly channel: string
  readonly text: string
}

/** Names the channel. Redis publishes to all of its databases, and another site may use the one beside ours. */
export function channelOf(redis: RedisClient): string {
  return `postern:changes:${isCluster(redis) ? 0 : (redis.options.db ?? 0)}`
}

/** Names the channel on which one process alone hears its heartbeats. */
export function heartbeatChannelOf(sender: string): string {
  return `postern:heartbeat:${sender}`
}

/** Publishes invalidations to all processes, and applies them to this one at once. */
export class InvalidationPublisher {
  readonly #redis: RedisClient
  readonly #cache: TokenCache
  /** A set that drops its oldest; lru-cache would hold a value for each topic to no use. */
  readonly #pending = new Set<Topic>()

  constructor(redis: RedisClient, cache: TokenCache) {
    this.#redis = redis
    this.#cache = cache
  }

  /**
   * Publishes a change that was committed. Resolves when Redis has it, and thus before the caller learns that the change was
   * made. When Redis does not answer, other processes lose their subscription too and bypass their caches. A network failure
   * that cuts off this process alone leaves their caches in use: the topics are published when the connection is back.
   */
  async publish(topics: readonly Topic[]): Promise<void> {
    if (topics.length === 0) return
    this.#cache.invalidate(topics)
    const message = encodeMessage({ type: 'invalidate', topics })
    await this.#redis.publish(channelOf(this.#redis), message).catch(() => this.#addPending(topics))
  }

  /**
   * As {@link publish}, where a script publishes the message together with what it writes.
   *
   * @param send resolves when Redis has both
   */
  async publishWith<T>(topics: readonly Topic[], send: (message: PublishedMessage) => Promise<T>): Promise<T> {
    const text = encodeMessage({ type: 'invalidate', topics })
    try {
      return await send({ channel: channelOf(this.#redis), text })
    } catch (error) {
      this.#addPending(topics)
      throw error
    } finally {
      this.#cache.invalidate(topics)
    }
  }

  /** Publishes the topics that Redis did not take earlier. */
  async flushPending(): Promise<void> {
    const topics = [...this.#pending]
    this.#pending.clear()
    await this.publish(topics)
  }

  #addPending(topics: readonly Topic[]): void {
    for (const topic of topics) this.#pending.add(topic)
    for (const oldest of this.#pending) {
      if (this.#pending.size <= MAX_PENDING_TOPICS) return
      this.#pending.delete(oldest)
    }
  }
}

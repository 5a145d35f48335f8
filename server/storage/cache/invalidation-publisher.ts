import { isCluster, type RedisClient } from '../redis/client.js'
import type { Topic } from './dependencies.js'
import type { TokenCache } from './token-cache.js'

/** Changes that could not be told and wait to be; beyond this the oldest are left to the age limit. */
const MAX_PENDING = 10_000

/** Where changes are told. Redis tells all of its databases, and another site may have the one beside ours. */
export function channelOf(redis: RedisClient): string {
  return `postern:changes:${isCluster(redis) ? 0 : (redis.options.db ?? 0)}`
}

/** Tells all processes what has changed; this one at once. */
export class InvalidationPublisher {
  readonly #redis: RedisClient
  readonly #cache: TokenCache
  readonly #pending = new Set<Topic>()

  constructor(redis: RedisClient, memory: TokenCache) {
    this.#redis = redis
    this.#cache = memory
  }

  /**
   * Tells of a change that has been made. Resolves when Redis has it, which tells the others before anybody can hear that
   * the change was made; or when Redis does not answer: then the others do not hear from it either, and go by the stores;
   * those that do, over a network that only we are cut off from, hear of it when we are back.
   */
  async publish(topics: readonly Topic[]): Promise<void> {
    if (topics.length === 0) return
    this.#cache.invalidate(topics)
    await this.#redis.publish(channelOf(this.#redis), topics.join(' ')).catch(() => this.#addPending(topics))
  }

  /** Tells what could not be told when it happened. */
  async flushPending(): Promise<void> {
    const topics = [...this.#pending]
    this.#pending.clear()
    await this.publish(topics)
  }

  #addPending(topics: readonly Topic[]): void {
    for (const topic of topics) this.#pending.add(topic)
    for (const oldest of this.#pending) {
      if (this.#pending.size <= MAX_PENDING) return
      this.#pending.delete(oldest)
    }
  }
}

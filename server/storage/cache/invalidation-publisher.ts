import { isCluster, type RedisClient } from '../redis/client.js'
import type { Topic } from './dependencies.js'
import type { TokenMemory } from './token-cache.js'

/** Changes that could not be told and wait to be; beyond this the oldest are left to the age limit. */
const MOST_WAITING = 10_000

/** Where changes are told. Redis tells all of its databases, and another site may have the one beside ours. */
export function channelOf(redis: RedisClient): string {
  return `postern:changes:${isCluster(redis) ? 0 : (redis.options.db ?? 0)}`
}

/** Tells all processes what has changed; this one at once. */
export class Announcements {
  readonly #redis: RedisClient
  readonly #memory: TokenMemory
  readonly #waiting = new Set<Topic>()

  constructor(redis: RedisClient, memory: TokenMemory) {
    this.#redis = redis
    this.#memory = memory
  }

  /**
   * Tells of a change that has been made. Resolves when Redis has it, which tells the others before anybody can hear that
   * the change was made; or when Redis does not answer: then the others do not hear from it either, and go by the stores;
   * those that do, over a network that only we are cut off from, hear of it when we are back.
   */
  async tell(topics: readonly Topic[]): Promise<void> {
    if (topics.length === 0) return
    this.#memory.forget(topics)
    await this.#redis.publish(channelOf(this.#redis), topics.join(' ')).catch(() => this.#keep(topics))
  }

  /** Tells what could not be told when it happened. */
  async catchUp(): Promise<void> {
    const topics = [...this.#waiting]
    this.#waiting.clear()
    await this.tell(topics)
  }

  #keep(topics: readonly Topic[]): void {
    for (const topic of topics) this.#waiting.add(topic)
    for (const oldest of this.#waiting) {
      if (this.#waiting.size <= MOST_WAITING) return
      this.#waiting.delete(oldest)
    }
  }
}

import type { EpochSeconds } from '../core/time.js'
import { homeOf, type TokenKey } from '../core/token.js'
import type { TokenRecord, Use } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { recordRedisUse } from '../stores/redis-tokens.js'
import { recordUses } from '../stores/user-tokens.js'

/** A User-Agent is the client's word; it is kept short. */
const CLIENT_LENGTH = 200
/** Beyond this many tokens between two flushes the oldest note is dropped: a "last used" is never worth the memory. */
const CAPACITY = 100_000

/**
 * Collects last uses, so that the check itself never writes: noting one is a write to a map, and {@link flush} takes
 * them all to the stores in one statement.
 */
export class Uses {
  #pending = new Map<TokenKey, { use: Use; expires: EpochSeconds | undefined }>()

  note(token: TokenRecord, at: EpochSeconds, address: string | undefined, client: string | undefined): void {
    const use = { at, ...(address && { address }), ...(client && { client: client.slice(0, CLIENT_LENGTH) }) }
    if (!this.#pending.has(token.key) && this.#pending.size >= CAPACITY) {
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest)
        break
      }
    }
    this.#pending.set(token.key, { use, expires: token.expires })
  }

  /** Writes what has been collected. When a store does not answer, its share is lost: it is only "last used". */
  async flush(context: Pick<Context, 'postgres' | 'redis'>): Promise<void> {
    const taken = [...this.#pending]
    this.#pending = new Map()
    const userTokens = new Map<TokenKey, Use>()
    const others: Promise<void>[] = []
    for (const [key, { use, expires }] of taken) {
      if (homeOf(key) === 'postgres') userTokens.set(key, use)
      else if (expires !== undefined) others.push(recordRedisUse(context.redis, key, use, expires))
    }
    const writes = userTokens.size > 0 ? [recordUses(context.postgres, userTokens), ...others] : others
    const failed = (await Promise.allSettled(writes)).find((each) => each.status === 'rejected')
    if (failed) throw failed.reason
  }
}

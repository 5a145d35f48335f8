import type { Logger } from 'pino'
import type { QuotaConfig } from '../../core/access/quota.js'
import { quotaSchema } from '../../settings/quota.js'
import type { RedisClient } from '../redis/client.js'
import { readOverrides } from '../redis/quota-counters.js'
import type { DependentCache } from './dependent-cache.js'
import type { TokenCache } from './token-cache.js'
import { QUOTA_OVERRIDES } from './topic.js'

/** The quota overrides that a process knows. The object is the same until they change, and thus tells their edition. */
export interface KnownOverrides {
  /** As they are stored, in JSON; null when there are none. */
  readonly text: string | null
  /** Undefined when there are none, or none that can be read. */
  readonly quotas: QuotaConfig | undefined
}

/** Caches the quota overrides, which every check of a service depends on, until a change of them is announced. */
export class QuotaCache {
  readonly #redis: RedisClient
  readonly #log: Logger
  readonly #cache: DependentCache<KnownOverrides>
  #latest: KnownOverrides = { text: null, quotas: undefined }

  constructor({ redis, log }: { readonly redis: RedisClient; readonly log: Logger }, tokenCache: TokenCache) {
    this.#redis = redis
    this.#log = log
    this.#cache = tokenCache.derivedCache(1)
  }

  /** Returns the overrides in force. Throws when they must be read and Redis does not answer. */
  get(): Promise<KnownOverrides> {
    return this.#cache.get('', [QUOTA_OVERRIDES], () => this.#read())
  }

  /** Returns the overrides in force without waiting; undefined when they must be read. */
  peek(): KnownOverrides | undefined {
    return this.#cache.peek('')
  }

  /** The overrides that were read last. They may have changed. */
  get latest(): KnownOverrides {
    return this.#latest
  }

  async #read(): Promise<KnownOverrides> {
    const text = await readOverrides(this.#redis)
    if (text !== this.#latest.text)
      this.#latest = { text, quotas: text === null ? undefined : parseQuotas(text, this.#log) }
    return this.#latest
  }
}

/** Parses stored overrides. Unreadable ones are reported and ignored, so that the configured quotas apply. */
function parseQuotas(text: string, log: Logger): QuotaConfig | undefined {
  try {
    return quotaSchema.parse(JSON.parse(text))
  } catch (error) {
    log.error({ cause: (error as Error).message }, 'Invalid quota overrides ignored')
    return undefined
  }
}

import { OperatorError } from '../../core/operator-error.js'
import type { Secret } from '../../core/token/secret.js'
import { isCluster, openRedis, type RedisClient } from '../redis/client.js'
import { listTokens, tokenAt } from './token-keys.js'

/** Gafaelfawr's persistent Redis, for a migration. It is only read. */
export class ValueSource {
  readonly #redis: RedisClient

  private constructor(redis: RedisClient) {
    this.#redis = redis
  }

  /** @throws {OperatorError} */
  static async open(url: Secret): Promise<ValueSource> {
    const redis = openRedis(url, () => undefined)
    const source = new ValueSource(redis)
    if (isCluster(redis))
      throw new OperatorError('--redis names a cluster.', 'Gafaelfawr stores its tokens in one Redis.')
    try {
      await answered(() => redis.connect())
    } catch (error) {
      source.close()
      throw error
    }
    return source
  }

  /** Lists the keys of all tokens, each once. */
  async keys(): Promise<ReadonlySet<string>> {
    return answered(() => listTokens(this.#redis))
  }

  /** Returns the encrypted values of these tokens; null for one that has ended since. */
  values(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return answered(() => this.#redis.mget(keys.map(tokenAt)))
  }

  /** Returns the quota overrides, as their JSON; null where there are none. */
  quotaOverrides(): Promise<string | null> {
    return answered(() => this.#redis.get('quota-overrides'))
  }

  close(): void {
    this.#redis.disconnect()
  }
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const message = `Gafaelfawr's Redis does not answer (${(error as Error).message}).`
    const remedy = 'Each token is here as a whole or not at all: run the same command again.'
    throw new OperatorError(message, remedy, { cause: error })
  }
}

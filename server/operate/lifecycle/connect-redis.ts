import { OperatorError } from '../../core/operator-error.js'
import type { Secret } from '../../core/token/secret.js'
import { readRedisUrl } from '../../settings/redis-url.js'
import { openRedis, type RedisClient } from '../../storage/redis/client.js'

/** Sentinels and clusters are asked again and again; whoever starts Postern wants to hear of it. */
const PATIENCE_MS = 10_000

/** Opens Redis and sees that it answers. Throws {@link OperatorError} where it does not; nothing stays open then. */
export async function connectRedis(url: Secret, onError: (error: Error) => void): Promise<RedisClient> {
  let redis: RedisClient | undefined
  let timer: NodeJS.Timeout | undefined
  // What goes wrong between us and it; the driver only says that the connection is closed.
  let cause: Error | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS)
  })
  try {
    redis = openRedis(url, (error) => {
      cause = error
      onError(error)
    })
    await Promise.race([redis.connect(), late])
    await redis.ping()
    return redis
  } catch (error) {
    redis?.disconnect()
    const hosts = readRedisUrl(url.reveal())?.hosts.map(({ host, port }) => `${host}:${port}`)
    throw new OperatorError(
      `Redis at ${hosts?.join(', ')} does not answer (${(cause ?? (error as Error)).message}).`,
      'Start it, or correct REDIS_URL; without REDIS_URL Postern runs a Redis of its own.',
      { cause: error },
    )
  } finally {
    clearTimeout(timer)
  }
}

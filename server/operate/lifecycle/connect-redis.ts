import { OperatorError } from '../../core/operator-error.js'
import type { Secret } from '../../core/token/secret.js'
import { readRedisUrl } from '../../settings/redis-url.js'
import { openRedis, type RedisClient } from '../../storage/redis/client.js'

/** The driver retries sentinels and clusters for ever; an operator who starts Postern needs an error. */
const CONNECT_TIMEOUT_MS = 10_000

/** Connects to Redis and pings it. @throws {OperatorError} when it does not answer; the connection is closed then */
export async function connectRedis(url: Secret, onError: (error: Error) => void): Promise<RedisClient> {
  let redis: RedisClient | undefined
  let timer: NodeJS.Timeout | undefined
  // The driver's own rejection says only that the connection is closed.
  let cause: Error | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), CONNECT_TIMEOUT_MS)
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

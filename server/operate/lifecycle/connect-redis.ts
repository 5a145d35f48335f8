import { randomBytes } from 'node:crypto'
import { OperatorError } from '../../core/operator-error.js'
import type { Secret } from '../../core/token/secret.js'
import { type RedisHost, readRedisUrl } from '../../settings/redis-url.js'
import { isCluster, openRedis, type RedisClient } from '../../storage/redis/client.js'
import { NEEDED_RIGHTS, refusedCommands } from '../../storage/redis/needed-rights.js'

/** The driver retries sentinels and clusters for ever; an operator who starts Postern needs an error. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Connects to Redis, and asks it for every command that Postern needs.
 *
 * @throws {OperatorError} when it does not answer or refuses a command; the connection is closed then
 */
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
    await refuseWithoutRights(redis, url)
    return redis
  } catch (error) {
    redis?.disconnect()
    if (error instanceof OperatorError) throw error
    const { hosts = [] } = readRedisUrl(url.reveal()) ?? {}
    throw new OperatorError(
      `Redis at ${namesOf(hosts)} does not answer (${(cause ?? (error as Error)).message}).`,
      'Start it, or correct REDIS_URL; without REDIS_URL Postern runs a Redis of its own.',
      { cause: error },
    )
  } finally {
    clearTimeout(timer)
  }
}

async function refuseWithoutRights(redis: RedisClient, url: Secret): Promise<void> {
  const refused = await refusedCommands(redis, randomBytes)
  if (refused.length === 0) return
  const { hosts = [], username = 'default' } = readRedisUrl(url.reveal()) ?? {}
  throw new OperatorError(
    `Redis at ${namesOf(hosts)} refuses commands to the user ${username} that Postern needs: ${refused.join(', ')}.`,
    `Allow them: ACL SETUSER ${username} ${NEEDED_RIGHTS}${isCluster(redis) ? ' +cluster' : ''}`,
  )
}

const namesOf = (hosts: readonly RedisHost[]): string => hosts.map(({ host, port }) => `${host}:${port}`).join(', ')

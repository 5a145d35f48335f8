import { Redis } from 'ioredis'
import type { Secret } from '../core/secret.js'

/**
 * Opens a connection that reconnects for as long as it lives. While Redis is away each command fails at once instead
 * of waiting in a queue: a check that cannot be answered must say so while the client still listens.
 */
export function openRedis(url: Secret, onError: (error: Error) => void): Redis {
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    commandTimeout: 2_000,
    // ioredis waits so long after disconnect() even for a connection that has closed long ago, and keeps the process up.
    disconnectTimeout: 300,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000),
  })
  redis.on('error', onError)
  return redis
}

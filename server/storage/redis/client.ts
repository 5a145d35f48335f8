import { readFileSync } from 'node:fs'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Secret } from '../../core/token/secret.js'
import { type RedisAddress, readRedisUrl } from '../../settings/redis-url.js'

/** A connection to Redis of any kind. On a cluster a command's keys must share a slot, which the same text in braces ensures. */
export type RedisClient = Redis | Cluster

export function isCluster(redis: RedisClient): redis is Cluster {
  return redis.isCluster
}

const CONNECT_MS = 3_000
const COMMAND_MS = 2_000
const pause = (attempt: number) => Math.min(50 * 2 ** attempt, 1_000)

/**
 * Opens a connection that always reconnects. While Redis is unavailable each command fails at once instead of waiting in a
 * queue, so that a check is refused before its client gives up.
 *
 * @throws where the file of certificates cannot be read
 */
export function openRedis(url: Secret, onError: (error: Error) => void): RedisClient {
  const address = readRedisUrl(url.reveal())
  if (!address) throw new Error('The address of Redis is not valid')
  const redis = address.kind === 'cluster' ? openCluster(address) : new Redis(optionsFor(address))
  redis.on('error', onError)
  // Of a cluster, the loss of one node; and a sentinel that does not answer.
  redis.on('node error', onError)
  redis.on('sentinelError', onError)
  return redis
}

/** Options of every connection to a server. */
function commonOptions({ username, password, tls, tlsCa }: RedisAddress) {
  return {
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    // ioredis waits so long after disconnect() even for a connection that has closed long ago, and keeps the process up.
    disconnectTimeout: 300,
    maxRetriesPerRequest: 0,
    // A master that has become a replica takes no writes: look up the master again.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: tlsCa === undefined ? {} : { ca: readFileSync(tlsCa) } }),
  }
}

function optionsFor(address: RedisAddress): Omit<RedisOptions, 'replyMapping'> {
  const options = {
    ...commonOptions(address),
    lazyConnect: true,
    enableOfflineQueue: false,
    db: address.database,
    retryStrategy: pause,
  }
  const { hosts, master, sentinelUsername, sentinelPassword } = address
  if (master === undefined) return { ...options, ...hosts[0] }
  return {
    ...options,
    name: master,
    sentinels: [...hosts],
    sentinelRetryStrategy: pause,
    // A master that hangs closes no connection; the sentinels report that there is another.
    failoverDetector: true,
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
    ...(options.tls && { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
  }
}

function openCluster(address: RedisAddress): Cluster {
  return new Cluster([...address.hosts], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: pause,
    slotsRefreshTimeout: COMMAND_MS,
    // A few tries, a tenth of a second apart: as long as another node takes over, and no longer than a client waits.
    maxRedirections: 6,
    redisOptions: commonOptions(address),
    // Certificates are held against the names by which the nodes call themselves.
    ...(address.tls && { dnsLookup: (name, done) => done(null, name) }),
  })
}

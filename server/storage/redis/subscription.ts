import type { Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** A connection subscribed to channels, until it is lost. */
export interface RedisSubscription {
  /** Whether it was lost; it does not reconnect. */
  isLost(): boolean
  /** Gives up a connection that is open at one end only. */
  lose(): void
  stop(): void
}

interface SubscriptionHandlers {
  readonly onMessage: (channel: string, message: string) => void
  readonly onListening: () => void
  readonly onLost: () => void
  readonly onError: (error: Error) => void
}

/**
 * Subscribes on a connection of its own, to all channels or to none. In a cluster every node receives every message, so any
 * node will do.
 */
export function subscribe(
  redis: RedisClient,
  channels: readonly string[],
  { onMessage, onListening, onLost, onError }: SubscriptionHandlers,
): RedisSubscription {
  const own = connectionLike(redis)
  let isLost = own === undefined
  const lose = () => {
    if (isLost) return
    isLost = true
    own?.disconnect()
    onLost()
  }
  own?.on('error', onError)
  own?.on('close', lose)
  // What is still read from a lost connection proves nothing of the next.
  own?.on('message', (channel, message) => isLost || onMessage(channel, message))
  own
    ?.connect()
    .then(() => own.subscribe(...channels))
    .then(onListening)
    .catch(lose)
  return {
    isLost: () => isLost,
    lose,
    stop: () => {
      isLost = true
      own?.disconnect()
    },
  }
}

function connectionLike(redis: RedisClient): Redis | undefined {
  const options = { lazyConnect: true, autoResubscribe: false, enableOfflineQueue: false, retryStrategy: () => null }
  if (!isCluster(redis)) return redis.duplicate(options)
  const nodes = redis.nodes('all')
  return nodes[Math.floor(Math.random() * nodes.length)]?.duplicate(options)
}

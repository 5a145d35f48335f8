import type { Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** A connection subscribed to a channel, until it is lost. */
export interface RedisSubscription {
  /** Whether it was lost; it does not reconnect. */
  isLost(): boolean
  stop(): void
}

interface SubscriptionHandlers {
  readonly onMessage: (message: string) => void
  readonly onListening: () => void
  readonly onLost: () => void
  readonly onError: (error: Error) => void
}

/** Subscribes on a connection of its own. In a cluster every node receives every message, so any node will do. */
export function subscribe(
  redis: RedisClient,
  channel: string,
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
  own?.on('message', (_channel, message) => onMessage(message))
  own
    ?.connect()
    .then(() => own.subscribe(channel))
    .then(onListening)
    .catch(lose)
  return {
    isLost: () => isLost,
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

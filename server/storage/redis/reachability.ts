import type { Cluster } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** How many parts the keys of a cluster are divided into. */
const SLOTS = 16_384

/**
 * Asks Redis, and in a cluster every master, whether it answers.
 *
 * @returns whether all keys can be reached; false while some masters of a cluster answer and others do not
 * @throws when none answers
 */
export async function reachesAllKeys(redis: RedisClient): Promise<boolean> {
  if (!isCluster(redis)) {
    await redis.ping()
    return true
  }
  // The driver drops a node that it has lost: the other nodes still name it as the master of its slots.
  await refreshSlots(redis)
  const served = redis.slots.filter((nodes) => nodes.length > 0).length
  const pings = await Promise.allSettled(redis.nodes('master').map((node) => node.ping()))
  const failed = pings.find((each) => each.status === 'rejected')
  if (failed && pings.every((each) => each.status === 'rejected')) throw failed.reason
  return !failed && served === SLOTS
}

function refreshSlots(redis: Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    redis.refreshSlotsCache((error) => (error ? reject(error) : resolve()))
  })
}

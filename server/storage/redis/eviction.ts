import type { Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** Finds the policy by which Redis drops keys when its memory is full; undefined where it drops none. */
export async function evictionPolicy(redis: RedisClient): Promise<string | undefined> {
  const masters = isCluster(redis) ? redis.nodes('master') : [redis]
  const policies = await Promise.all(masters.map(policyOf))
  return policies.find((each) => each !== undefined)
}

async function policyOf(redis: Redis): Promise<string | undefined> {
  const memory = await redis.info('memory')
  const limit = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0)
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
  return limit === 0 || policy === 'noeviction' ? undefined : policy
}

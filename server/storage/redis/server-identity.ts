import type { Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** Changes with every loss of data: an empty or older copy has none, or another. */
const DATA_EPOCH = 'postern:life'

/**
 * Identifies the Redis servers, their data, and the last loss of it. In a cluster it changes when any node is restarted or
 * replaced, and when the node that holds the epoch is emptied.
 */
export async function identityOf(redis: RedisClient, random: (size: number) => Buffer): Promise<string> {
  const masters = isCluster(redis) ? redis.nodes('master') : [redis]
  const [life, ...processes] = await Promise.all([redis.get(DATA_EPOCH), ...masters.map(processOf)])
  return [...processes.sort(), life ?? (await begin(redis, random))].join(' ')
}

async function processOf(redis: Redis): Promise<string> {
  const sections = await Promise.all([redis.info('server'), redis.info('replication')])
  return (sections.join('\n').match(/^(?:run_id|master_replid):\S+/gm) ?? []).join(' ')
}

/** Creates the epoch if missing (SET NX). */
async function begin(redis: RedisClient, random: (size: number) => Buffer): Promise<string> {
  await redis.set(DATA_EPOCH, random(9).toString('base64url'), 'NX')
  return (await redis.get(DATA_EPOCH)) ?? ''
}

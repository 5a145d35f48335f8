import type { Redis } from 'ioredis'
import { isCluster, type RedisClient } from './client.js'

/** Changes with every loss of data: an empty or older copy has none, or another. */
const DATA_EPOCH = 'postern:life'

/**
 * Which Redis this is: which processes, whose data, and since which loss of them. (Of a cluster, the emptying of the one
 * node that has the mark is noticed; any node's restart or replacement is.)
 */
export async function identityOf(redis: RedisClient, random: (size: number) => Buffer): Promise<string> {
  const masters = isCluster(redis) ? redis.nodes('master') : [redis]
  const [life, ...processes] = await Promise.all([redis.get(DATA_EPOCH), ...masters.map(processOf)])
  return [...processes.sort(), life ?? (await begin(redis, random))].join(' ')
}

async function processOf(redis: Redis): Promise<string> {
  const told = await Promise.all([redis.info('server'), redis.info('replication')])
  return (told.join('\n').match(/^(?:run_id|master_replid):\S+/gm) ?? []).join(' ')
}

/** The first who finds it without begins it anew. */
async function begin(redis: RedisClient, random: (size: number) => Buffer): Promise<string> {
  await redis.set(DATA_EPOCH, random(9).toString('base64url'), 'NX')
  return (await redis.get(DATA_EPOCH)) ?? ''
}

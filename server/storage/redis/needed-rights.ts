import type { Redis } from 'ioredis'
import { encodeMessage } from '../cache/invalidation-message.js'
import { channelOf, heartbeatChannelOf } from '../cache/invalidation-publisher.js'
import { isCluster, type RedisClient } from './client.js'

/** Redis refuses a command to this user, one of its keys or its channels; or does not have the command, or not by this name. */
const REFUSED = /^(?:NOPERM|ERR (?:unknown command|command not allowed))|has no permissions to|No permissions to/i

/** What a user of Redis needs for Postern, as ACL SETUSER takes it. `postern:` is before each key and each channel. */
export const NEEDED_RIGHTS =
  '~postern:* &postern:* +ping +info +select +set +get +mget +del +exists +incr +incrby +pttl +expire +pexpire +expireat +zadd +zrange +zrem +zremrangebyscore +eval +evalsha +publish +subscribe'

/** Seconds after which what the questions leave behind is gone. */
const LIFETIME = 60

/**
 * Asks Redis for every command that Postern needs, on keys and channels of Postern's, in scripts and out of them.
 *
 * @returns the names of the commands that it refuses
 * @throws when Redis does not answer
 */
export async function refusedCommands(redis: RedisClient, random: (size: number) => Buffer): Promise<string[]> {
  const asked = await Promise.all([
    ...questions(redis, random).map(async ([name, ...args]) =>
      (await isRefused(redis.call(name, args))) ? name.toUpperCase() : [],
    ),
    (await isRefused(subscribeOnce(redis))) ? 'SUBSCRIBE' : [],
  ])
  return [...new Set(asked.flat())]
}

const channels = (redis: RedisClient) => [channelOf(redis), heartbeatChannelOf('start')]

type Question = readonly [name: string, ...args: string[]]

function questions(redis: RedisClient, random: (size: number) => Buffer): Question[] {
  // The braces put both keys into one part of a cluster.
  const id = `{${random(9).toString('base64url')}}`
  const [key, set] = [`postern:start:${id}`, `postern:start-set:${id}`]
  const heartbeat = encodeMessage({ type: 'heartbeat', sender: 'start', sequence: 0 })
  return [
    ['ping'],
    ['info', 'server'],
    ['set', key, '1', 'EX', String(LIFETIME)],
    ['get', key],
    ['mget', key],
    ['exists', key],
    ['incr', key],
    ['incrby', key, '1'],
    ['pttl', key],
    ['expire', key, String(LIFETIME)],
    ['pexpire', key, String(LIFETIME * 1000)],
    ['zadd', set, '1', 'a'],
    ['zrange', set, '0', '-1'],
    ['zrem', set, 'b'],
    ['zremrangebyscore', set, '-inf', '0'],
    ['expireat', set, '1'],
    ['eval', "return redis.call('GET', KEYS[1])", '1', key],
    ['evalsha', '0'.repeat(40), '1', key],
    ...channels(redis).map((channel) => ['publish', channel, heartbeat] as const),
    ['del', key],
    ...(isCluster(redis) ? [['cluster', 'slots'] as const] : selectedBy(redis)),
  ]
}

function selectedBy({ options: { db = 0 } }: Redis): Question[] {
  return db === 0 ? [] : [['select', String(db)]]
}

/** Any other error is none of rights: the script that EVALSHA names does not exist. */
async function isRefused(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return false
  } catch (error) {
    if (error instanceof Error && REFUSED.test(error.message)) return true
    if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return false
    throw error
  }
}

/** On a connection of its own, which takes no other command afterwards. */
async function subscribeOnce(redis: RedisClient): Promise<void> {
  const node = isCluster(redis) ? redis.nodes('all')[0] : redis
  const own = node?.duplicate({ lazyConnect: true, retryStrategy: () => null })
  own?.on('error', () => undefined)
  try {
    await own?.connect()
    await own?.subscribe(...channels(redis))
  } finally {
    own?.disconnect()
  }
}

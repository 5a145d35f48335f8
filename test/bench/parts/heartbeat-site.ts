import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Secret } from '../../../server/core/token/secret.js'
import { InvalidationPublisher } from '../../../server/storage/cache/invalidation-publisher.js'
import { InvalidationSubscriber } from '../../../server/storage/cache/invalidation-subscriber.js'
import { TokenCache } from '../../../server/storage/cache/token-cache.js'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { isCluster, openRedis } from '../../../server/storage/redis/client.js'
import { startRedisServer } from '../../support/stores/redis-servers.js'

/** What Redis has done so far. */
export interface Reading {
  readonly cpuMs: number
  readonly published: number
  readonly commands: number
  /** Messages to subscribers: those to all by how many there are, the others to one. */
  readonly delivered: number
}

/** The subscribers of many processes, in this one, on a Redis of their own. */
export interface HeartbeatSite {
  grow(size: number): Promise<void>
  /** Publishes so many invalidations, one after the other. */
  invalidate(count: number): Promise<void>
  read(): Promise<Reading>
  stop(): Promise<void>
}

export async function startHeartbeatSite(): Promise<HeartbeatSite> {
  const site = await startRedisServer(['maxclients 4000'])
  const admin = openRedis(new Secret(site.url), () => undefined)
  await admin.connect()
  const pid = /process_id:(\d+)/.exec(await admin.info('server'))?.[1]
  const processes: Process[] = []
  const heard = () => processes.reduce((sum, each) => sum + each.heard(), 0)
  return {
    async grow(size) {
      while (processes.length < size) processes.push(await startProcess(site.url))
    },
    async invalidate(count) {
      for (let index = 0; index < count; index++) {
        await processes[0]?.invalidations.publish([personTopic(`ada-${index}`)])
      }
    },
    async read() {
      const stats = await admin.info('commandstats')
      const all = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)]
      const ns = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]
      return {
        cpuMs: Number(ns) / 1e6,
        published: Number(all.find(([, name]) => name === 'publish')?.[2] ?? 0),
        commands: all.reduce((sum, [, , calls]) => sum + Number(calls), 0),
        delivered: heard(),
      }
    },
    async stop() {
      for (const each of processes) each.stop()
      admin.disconnect()
      await site.stop()
    },
  }
}

interface Process {
  readonly invalidations: InvalidationPublisher
  heard(): number
  stop(): void
}

async function startProcess(url: string): Promise<Process> {
  const redis = openRedis(new Secret(url), () => undefined)
  if (isCluster(redis)) throw new Error('One server is measured')
  await redis.connect()
  const tokenCache = new TokenCache(
    { memoryMaxAge: 60, memoryMaxTokens: 10 },
    () => performance.now(),
    async () => new Set(),
  )
  const invalidations = new InvalidationPublisher(redis, tokenCache)
  let heard = 0
  // A subscription is a connection like the one for commands.
  const duplicate = redis.duplicate.bind(redis)
  redis.duplicate = (options) => duplicate(options).on('message', () => heard++)
  const subscriber = new InvalidationSubscriber(
    {
      redis,
      tokenCache,
      invalidations,
      unsealedKeys: { learn: () => false },
      foreignTokens: { readAgain: () => undefined },
      random: randomBytes,
    },
    async () => undefined,
    () => undefined,
  )
  await subscriber.isEnabled
  return {
    invalidations,
    heard: () => heard,
    stop: () => {
      subscriber.stop()
      redis.disconnect()
    },
  }
}

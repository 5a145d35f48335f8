// What the heartbeats of many processes cost one Redis: its CPU, of one core. Run with `npm run bench:heartbeats -- 100 400`,
// with a Redis of its own on loopback; the subscribers of all processes are in this one.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Secret } from '../../server/core/token/secret.js'
import { InvalidationPublisher } from '../../server/storage/cache/invalidation-publisher.js'
import { InvalidationSubscriber } from '../../server/storage/cache/invalidation-subscriber.js'
import { TokenCache } from '../../server/storage/cache/token-cache.js'
import { openRedis } from '../../server/storage/redis/client.js'
import { startRedisServer } from '../support/stores/redis-servers.js'

const SECONDS = 5
const sizes = process.argv.slice(2).map(Number)

const site = await startRedisServer(['maxclients 4000'])
const admin = openRedis(new Secret(site.url), () => undefined)
await admin.connect()
const pid = /process_id:(\d+)/.exec(await admin.info('server'))?.[1]
const processes: { readonly stop: () => void }[] = []
process.stdout.write('| processes | of a Redis core | published a second | a second and process |\n|---|---|---|---|\n')
try {
  for (const size of sizes.length > 0 ? sizes : [1, 100, 400]) {
    while (processes.length < size) processes.push(await startProcess())
    await sleep(1_000)
    const before = await reading()
    await sleep(SECONDS * 1_000)
    const after = await reading()
    const share = (after.cpuMs - before.cpuMs) / 10 / SECONDS
    const published = (after.published - before.published) / SECONDS
    process.stdout.write(
      `| ${size} | ${share.toFixed(1)} % | ${published.toFixed(0)} | ${(published / size).toFixed(2)} |\n`,
    )
  }
} finally {
  for (const each of processes) each.stop()
  admin.disconnect()
  await site.stop()
}

async function startProcess(): Promise<{ stop: () => void }> {
  const redis = openRedis(new Secret(site.url), () => undefined)
  await redis.connect()
  const tokenCache = new TokenCache({ memoryMaxAge: 60, memoryMaxTokens: 10 }, () => performance.now())
  const subscriber = new InvalidationSubscriber(
    {
      redis,
      tokenCache,
      invalidations: new InvalidationPublisher(redis, tokenCache),
      unsealedKeys: { learn: () => false },
      foreignTokens: { readAgain: () => undefined },
      random: randomBytes,
    },
    async () => undefined,
    () => undefined,
  )
  await subscriber.isEnabled
  return {
    stop: () => {
      subscriber.stop()
      redis.disconnect()
    },
  }
}

async function reading(): Promise<{ cpuMs: number; published: number }> {
  const published = /cmdstat_publish:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]
  const ns = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]
  return { cpuMs: Number(ns) / 1e6, published: Number(published) }
}

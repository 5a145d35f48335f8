import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { Secret } from '../../../server/core/token/secret.js'
import type { Digest, TokenKey } from '../../../server/core/token/token.js'
import { channelOf, InvalidationPublisher } from '../../../server/storage/cache/invalidation-publisher.js'
import { InvalidationSubscriber } from '../../../server/storage/cache/invalidation-subscriber.js'
import { TokenCache } from '../../../server/storage/cache/token-cache.js'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { openRedis, type RedisClient } from '../../../server/storage/redis/client.js'
import { eventually } from '../../support/eventually.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshRedis } from '../../support/stores/stores.js'

const KEY = 'NVulqbDMAQUPhQq3NXeqVg' as TokenKey

/** For a process that knows of no imported tokens. */
const NO_IMPORTS = { unsealedKeys: { learn: () => false }, foreignTokens: { readAgain: () => undefined } }

/** The subscriber of a Postern process, without the rest of it. */
interface Process {
  readonly redis: RedisClient
  readonly cache: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly watch: InvalidationSubscriber
  /** As its heartbeats name it. */
  readonly sender: string
  /** How often it has reconciled with Redis. */
  restored(): number
  stop(): void
}

async function startProcess(url: string, restore: () => Promise<void> = async () => undefined): Promise<Process> {
  const redis = openRedis(new Secret(url), () => undefined)
  await redis.connect()
  const cache = new TokenCache(
    { memoryMaxAge: 3600, memoryMaxTokens: 100 },
    () => performance.now(),
    async () => new Set(),
  )
  const invalidations = new InvalidationPublisher(redis, cache)
  let sender = ''
  const random = (size: number) => {
    const bytes = randomBytes(size)
    sender ||= bytes.toString('base64url')
    return bytes
  }
  let restored = 0
  const counted = async () => {
    await restore()
    restored++
  }
  const watch = new InvalidationSubscriber(
    { redis, tokenCache: cache, invalidations, ...NO_IMPORTS, random },
    counted,
    () => undefined,
  )
  return {
    redis,
    cache,
    invalidations,
    watch,
    sender,
    restored: () => restored,
    stop: () => {
      watch.stop()
      redis.disconnect()
    },
  }
}

async function fill({ cache }: Process): Promise<void> {
  const record = { key: KEY, type: 'user', username: 'ada', scopes: [], created: 0 } as const
  await cache.resolve(KEY, async () => ({ record, digest: 'x'.repeat(32) as Digest }))
  expect(cache.stats().entries).toBe(1)
}

let url: string
let relay: Relay
let isDeafTo: string | undefined
let here: Process
let there: Process

beforeEach(async () => {
  url = await freshRedis()
  isDeafTo = undefined
  const answer = (chunk: Buffer) =>
    isDeafTo ? Buffer.from(chunk.toString('latin1').replaceAll(isDeafTo, 'x'.repeat(isDeafTo.length)), 'latin1') : chunk
  relay = await startRelay(url, { answer })
  here = await startProcess(url)
  there = await startProcess(relay.url)
  await Promise.all([here.watch.isEnabled, there.watch.isEnabled])
  await fill(here)
  await fill(there)
})
afterEach(async () => {
  here.stop()
  there.stop()
  await relay.stop()
})

const isEnabled = ({ cache }: Process) => cache.isEnabled
const entries = ({ cache }: Process) => cache.stats().entries

describe('a process', () => {
  it('receives the invalidation of another process, and evicts the entry', async () => {
    await here.invalidations.publish([KEY])
    expect(entries(here)).toBe(0)
    await eventually(() => entries(there) === 0)
    expect([entries(there), isEnabled(there)]).toEqual([0, true])
  })

  it('receives no invalidation of another database of the same Redis', async () => {
    const elsewhere = await startProcess(await freshRedis())
    await elsewhere.watch.isEnabled
    await elsewhere.invalidations.publish([KEY])
    await here.invalidations.publish([personTopic('grace')])
    await eventually(() => there.cache.stats().invalidations > 0)
    expect([entries(here), entries(there)]).toEqual([1, 1])
    elsewhere.stop()
  })

  it.each([
    ['of an unknown version', `2 invalidate ${KEY}`],
    ['that is malformed', '1 invalidate'],
  ])('drops everything cached at a message %s, and goes on caching', async (_form, message) => {
    await here.redis.publish(channelOf(here.redis), message)
    await eventually(() => entries(here) === 0 && entries(there) === 0)
    expect([entries(here), entries(there)]).toEqual([0, 0])
    expect([isEnabled(here), isEnabled(there)]).toEqual([true, true])
    await fill(there)
  })

  it('caches nothing while its connection is cut, and misses no invalidation of that time', async () => {
    await relay.cut()
    await eventually(() => !isEnabled(there))
    expect([entries(there), isEnabled(there)]).toEqual([0, false])
    await here.invalidations.publish([KEY])
    await relay.mend()
    await eventually(() => isEnabled(there))
    expect([entries(there), isEnabled(there)]).toEqual([0, true])
    expect([entries(here), isEnabled(here)]).toEqual([0, true])
  })

  it('caches nothing from the moment that its subscription is lost, though its other connection works', async () => {
    expect(relay.reset((sent) => sent.includes('subscribe'))).toBe(1)
    await eventually(() => !isEnabled(there))
    expect(isEnabled(there)).toBe(false)
    await eventually(() => isEnabled(there))
    expect([entries(there), isEnabled(there)]).toEqual([0, true])
  })

  it('caches nothing while its connection is half-open', async () => {
    relay.stall()
    await eventually(() => !isEnabled(there))
    expect([entries(there), isEnabled(there)]).toEqual([0, false])
    expect(isEnabled(here)).toBe(true)
    await relay.mend()
    await eventually(() => isEnabled(there))
    expect(isEnabled(there)).toBe(true)
  })

  it('caches nothing while the channel of all is silent, though its own heartbeats arrive on the same connection', async () => {
    const channel = channelOf(here.redis)
    isDeafTo = channel
    await eventually(() => !isEnabled(there))
    await here.invalidations.publish([KEY])
    expect([entries(there), isEnabled(there)]).toEqual([0, false])
    expect(isEnabled(here)).toBe(true)
    isDeafTo = undefined
    await eventually(() => isEnabled(there))
    expect([entries(there), isEnabled(there)]).toEqual([0, true])
  })

  it.each([
    [
      'the channel of all',
      (channel: string) => ['resetchannels', 'allkeys', '&postern:heartbeat:*', `&not-${channel}`],
    ],
    ['its own channel', (channel: string) => ['resetchannels', 'allkeys', `&${channel}`]],
  ])('caches nothing from the moment that Redis takes from it the right to %s', async (_which, rights) => {
    const channel = channelOf(here.redis)
    const name = `narrow-${randomBytes(6).toString('hex')}`
    await here.redis.call('acl', 'setuser', name, 'on', 'nopass', '+@all', 'allkeys', 'allchannels')
    const narrow = await startProcess(Object.assign(new URL(url), { username: name, password: 'any' }).href)
    try {
      await narrow.watch.isEnabled
      await fill(narrow)
      await here.redis.call('acl', 'setuser', name, ...rights(channel))
      await eventually(() => !isEnabled(narrow))
      expect([entries(narrow), isEnabled(narrow)]).toEqual([0, false])
      await here.redis.call('acl', 'setuser', name, 'allchannels')
      await eventually(() => isEnabled(narrow))
      expect(isEnabled(narrow)).toBe(true)
    } finally {
      narrow.stop()
      await here.redis.call('acl', 'deluser', name)
    }
  })

  it('hears no heartbeat of another process but on the channel of all, where there are few', async () => {
    const others = await Promise.all(Array.from({ length: 6 }, () => startProcess(url)))
    const listener = new Redis(url, { lazyConnect: true })
    try {
      await Promise.all(others.map(({ watch }) => watch.isEnabled))
      const toAll = channelOf(here.redis)
      const senders = new Set([here, there, ...others].map((each) => each.sender))
      const heard = new Map<string, string[]>()
      listener.on('pmessage', (_pattern: string, channel: string, text: string) => {
        const [, , sender = ''] = text.split(' ')
        // Redis publishes to all of its databases: those of the tests beside this one are heard, too.
        if (!senders.has(sender)) return
        heard.set(channel, [...(heard.get(channel) ?? []), sender])
      })
      await listener.connect()
      await listener.psubscribe('postern:heartbeat:*', toAll)
      const own = () => [...heard].filter(([channel]) => channel !== toAll)
      await eventually(() => own().filter(([, { length }]) => length >= 3).length >= 8)
      for (const [channel, senders] of own()) expect([channel, ...new Set(senders)]).toHaveLength(2)
      const beats = own().reduce((sum, [, { length }]) => sum + length, 0)
      expect(heard.get(toAll)?.length ?? 0).toBeLessThan(beats)
    } finally {
      listener.disconnect()
      for (const other of others) other.stop()
    }
  })

  it('publishes later an invalidation that Redis did not accept', async () => {
    await relay.cut()
    await there.invalidations.publish([KEY])
    expect(entries(here)).toBe(1)
    await relay.mend()
    await eventually(() => entries(here) === 0)
    expect(entries(here)).toBe(0)
  })
})

describe('writes that Redis may have lost', () => {
  it('are restored before the cache is enabled, after each outage', async () => {
    expect(there.restored()).toBe(1)
    await relay.cut()
    await eventually(() => !isEnabled(there))
    await relay.mend()
    await eventually(() => isEnabled(there))
    expect([there.restored(), isEnabled(there)]).toEqual([2, true])
  })

  it('are restored when Redis was emptied, though no connection was lost', async () => {
    await here.redis.flushdb()
    await eventually(() => here.restored() > 1 && there.restored() > 1 && isEnabled(here) && isEnabled(there))
    expect([entries(here), entries(there)]).toEqual([0, 0])
    expect([isEnabled(here), isEnabled(there)]).toEqual([true, true])
  })

  it('keep the cache bypassed for as long as they cannot be restored', async () => {
    let broken = true
    let tries = 0
    const late = await startProcess(url, async () => {
      tries++
      if (broken) throw new Error('The database is away')
    })
    await eventually(() => tries > 3)
    expect([tries > 3, isEnabled(late)]).toEqual([true, false])
    broken = false
    await late.watch.isEnabled
    expect(isEnabled(late)).toBe(true)
    late.stop()
  })
})

import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
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

/** What of Postern listens, and nothing else. */
interface Process {
  readonly redis: RedisClient
  readonly memory: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly watch: InvalidationSubscriber
  /** How often Redis was told what it may have lost. */
  restored(): number
  stop(): void
}

async function startProcess(url: string, restore: () => Promise<void> = async () => undefined): Promise<Process> {
  const redis = openRedis(new Secret(url), () => undefined)
  await redis.connect()
  const memory = new TokenCache({ memoryMaxAge: 3600, memoryMaxTokens: 100 }, () => performance.now())
  const invalidations = new InvalidationPublisher(redis, memory)
  let restored = 0
  const counted = async () => {
    await restore()
    restored++
  }
  const watch = new InvalidationSubscriber(
    { redis, tokenCache: memory, invalidations: invalidations, random: randomBytes },
    counted,
    () => undefined,
  )
  return {
    redis,
    memory,
    invalidations,
    watch,
    restored: () => restored,
    stop: () => {
      watch.stop()
      redis.disconnect()
    },
  }
}

async function remember({ memory }: Process): Promise<void> {
  const record = { key: KEY, type: 'user', username: 'ada', scopes: [], created: 0 } as const
  await memory.resolve(KEY, async () => ({ record, digest: 'x'.repeat(32) as Digest }))
  expect(memory.stats().entries).toBe(1)
}

let url: string
let relay: Relay
let here: Process
let there: Process

beforeEach(async () => {
  url = await freshRedis()
  relay = await startRelay(url)
  here = await startProcess(url)
  there = await startProcess(relay.url)
  await Promise.all([here.watch.isEnabled, there.watch.isEnabled])
  await remember(here)
  await remember(there)
})
afterEach(async () => {
  here.stop()
  there.stop()
  await relay.stop()
})

const trusts = ({ memory }: Process) => memory.isEnabled
const entries = ({ memory }: Process) => memory.stats().entries

describe('a process', () => {
  it('hears of what another has changed, and drops it', async () => {
    await here.invalidations.publish([KEY])
    expect(entries(here)).toBe(0)
    await eventually(() => entries(there) === 0)
    expect([entries(there), trusts(there)]).toEqual([0, true])
  })

  it('does not hear what is told in another database of the same Redis', async () => {
    const elsewhere = await startProcess(await freshRedis())
    await elsewhere.watch.isEnabled
    await elsewhere.invalidations.publish([KEY])
    await here.invalidations.publish([personTopic('grace')])
    await eventually(() => there.memory.stats().invalidations > 0)
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
    expect([trusts(here), trusts(there)]).toEqual([true, true])
    await remember(there)
  })

  it('remembers nothing while its connection is cut, and what was told meanwhile is not missed', async () => {
    await relay.cut()
    await eventually(() => !trusts(there))
    expect([entries(there), trusts(there)]).toEqual([0, false])
    await here.invalidations.publish([KEY])
    await relay.mend()
    await eventually(() => trusts(there))
    expect([entries(there), trusts(there)]).toEqual([0, true])
    expect([entries(here), trusts(here)]).toEqual([0, true])
  })

  it('remembers nothing from the moment that the connection on which it listens is lost, though the other one is well', async () => {
    expect(relay.reset((sent) => sent.includes('subscribe'))).toBe(1)
    await eventually(() => !trusts(there))
    expect(trusts(there)).toBe(false)
    await eventually(() => trusts(there))
    expect([entries(there), trusts(there)]).toEqual([0, true])
  })

  it('remembers nothing while its connection is open at one end only', async () => {
    relay.stall()
    await eventually(() => !trusts(there))
    expect([entries(there), trusts(there)]).toEqual([0, false])
    expect(trusts(here)).toBe(true)
    await relay.mend()
    await eventually(() => trusts(there))
    expect(trusts(there)).toBe(true)
  })

  it('tells later what it could not tell when it happened', async () => {
    await relay.cut()
    await there.invalidations.publish([KEY])
    expect(entries(here)).toBe(1)
    await relay.mend()
    await eventually(() => entries(here) === 0)
    expect(entries(here)).toBe(0)
  })
})

describe('what Redis may have lost', () => {
  it('is told again before anything is remembered, after each time that it was away', async () => {
    expect(there.restored()).toBe(1)
    await relay.cut()
    await eventually(() => !trusts(there))
    await relay.mend()
    await eventually(() => trusts(there))
    expect([there.restored(), trusts(there)]).toEqual([2, true])
  })

  it('is told again when it was emptied, though no connection was lost', async () => {
    await here.redis.flushdb()
    await eventually(() => here.restored() > 1 && there.restored() > 1 && trusts(here) && trusts(there))
    expect([entries(here), entries(there)]).toEqual([0, 0])
    expect([trusts(here), trusts(there)]).toEqual([true, true])
  })

  it('keeps the memory shut for as long as it cannot be told', async () => {
    let broken = true
    let tries = 0
    const late = await startProcess(url, async () => {
      tries++
      if (broken) throw new Error('The database is away')
    })
    await eventually(() => tries > 3)
    expect([tries > 3, trusts(late)]).toEqual([true, false])
    broken = false
    await late.watch.isEnabled
    expect(trusts(late)).toBe(true)
    late.stop()
  })
})

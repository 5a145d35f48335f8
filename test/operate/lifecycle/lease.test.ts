import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { Secret } from '../../../server/core/token/secret.js'
import { Lease } from '../../../server/operate/jobs/lease.js'
import { openRedis, type RedisClient } from '../../../server/storage/redis/client.js'
import { eventually } from '../../support/eventually.js'
import { redis } from '../../support/stores/queries.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshRedis } from '../../support/stores/stores.js'

const LEASE = 'postern:maintenance'

/** None runs out by itself while a test runs, on however busy a machine. */
const TIMES = { lifetimeMs: 600_000, renewMs: 50 }

interface Process {
  readonly redis: RedisClient
  readonly lease: Lease
  /** Whether a job of the site ran in it. */
  works(): Promise<boolean>
}

let url: string
let relay: Relay
const running: Process[] = []

async function startProcess(address = url): Promise<Process> {
  const redis = openRedis(new Secret(address), () => undefined)
  await redis.connect()
  const lease = new Lease({ redis, random: randomBytes, log: pino({ enabled: false }) }, TIMES)
  const works = async () => {
    let ran = false
    await lease.only(async () => {
      ran = true
    })()
    return ran
  }
  const started = { redis, lease, works }
  running.push(started)
  return started
}

const working = async (processes: readonly Process[]) => {
  const worked = await Promise.all(processes.map(({ works }) => works()))
  return worked.flatMap((ran, index) => (ran ? [index] : []))
}

beforeEach(async () => {
  url = await freshRedis()
  relay = await startRelay(url)
})
afterEach(async () => {
  for (const { lease, redis } of running.splice(0)) {
    await lease.stop()
    redis.disconnect()
  }
  await relay.stop()
})

describe('a job of the site', () => {
  it('runs in one process of many, and stays there', async () => {
    const processes = await Promise.all([startProcess(), startProcess(), startProcess(), startProcess()])
    const [first, ...others] = await working(processes)
    expect([typeof first, others]).toEqual(['number', []])
    for (let times = 0; times < 3; times++) {
      // Nearly all of its time passes; the process renews it.
      await redis(url, 'PEXPIRE', LEASE, String(TIMES.lifetimeMs / 2))
      await eventually(async () => Number(await redis(url, 'PTTL', LEASE)) > TIMES.lifetimeMs / 2)
    }
    expect(await working(processes)).toEqual([first])
  })

  it('runs in another process at once after the one that had it was stopped', async () => {
    const one = await startProcess()
    expect(await one.works()).toBe(true)
    const other = await startProcess()
    expect(await other.works()).toBe(false)
    await one.lease.stop()
    await eventually(() => other.works())
    expect(await working([one, other])).toEqual([1])
  })

  it('runs in another process after the one that had it died', async () => {
    const dies = await startProcess(relay.url)
    expect(await dies.works()).toBe(true)
    const other = await startProcess()
    expect(await other.works()).toBe(false)
    await relay.cut()
    expect(Number(await redis(url, 'PTTL', LEASE))).toBeGreaterThan(0)
    // The time passes that was left of it.
    await redis(url, 'PEXPIRE', LEASE, '1')
    await eventually(() => other.works())
    expect(await other.works()).toBe(true)
  })

  it('runs in a process that cannot ask Redis: done twice is better than not at all', async () => {
    const one = await startProcess()
    const other = await startProcess(relay.url)
    expect(await working([one, other])).toEqual([0])
    await relay.cut()
    await eventually(() => other.works())
    expect(await working([one, other])).toEqual([0, 1])
    await relay.mend()
    await eventually(async () => !(await other.works()))
    expect(await working([one, other])).toEqual([0])
  })

  it('runs in the processes of each site, also where two share a Redis', async () => {
    const here = await startProcess()
    const there = await startProcess(await freshRedis())
    expect(await working([here, there])).toEqual([0, 1])
  })
})

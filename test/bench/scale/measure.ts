// Measures by the real components: replicas of Postern in this process, on a real PostgreSQL and a real Redis.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { cpuTime } from '../../support/cpu.js'
import { startRunStores } from '../../support/run/run-stores.mjs'
import { sql } from '../../support/stores/queries.js'
import { startHeartbeatSite } from '../parts/heartbeat-site.js'
import { PREPARE, TRIALS } from './acts.js'
import { type CountedSite, type Counts, startCountedSite } from './counted-site.js'
import type { Point } from './growth.js'
import type { Act, ActCost, Measured } from './model.js'

/** How many processes; of heartbeats, which take little, more. */
const SIZES = [2, 4, 8]
const HEARTBEAT_SIZES = [8, 32, 128]
const HEARTBEAT_SECONDS = 5
const JOB_SECONDS = 15
const INVALIDATIONS = 300
/** For CPU time an act is done so many times more often than for counts. */
const MORE = 4

type Tell = (text: string) => void

export async function measureAll(tell: Tell, sizes: readonly number[] = SIZES): Promise<Measured> {
  tell('heartbeats\n')
  const beats = await measureHeartbeats()
  const stores = await startRunStores()
  process.env.POSTERN_TEST_DATABASE_URL = stores.databaseUrl
  process.env.POSTERN_TEST_TEMPLATE = stores.template
  process.env.POSTERN_TEST_REDIS_URL = stores.redisUrl
  try {
    const counted: Counted[] = []
    for (const size of sizes) {
      tell(`counts with ${size} processes\n`)
      counted.push(await withSite(size, true, countAll))
    }
    tell('CPU time of the stores\n')
    const pids = await pidsOf(stores)
    const times = await withSite(sizes[0] ?? 2, false, (site) => timeAll(site, pids))
    const points = (of: (each: Counted) => number): Point[] =>
      counted.map((each) => ({ processes: each.size, count: of(each) }))
    const costOf = (act: Act): ActCost => ({
      commands: points(({ acts }) => acts[act].commands),
      statements: points(({ acts }) => acts[act].statements),
      deliveries: points(({ acts }) => acts[act].invalidations),
      ...times[act],
    })
    return {
      ...beats,
      jobs: {
        commands: points(({ jobs }) => jobs.commands / JOB_SECONDS),
        statements: points(({ jobs }) => jobs.statements / JOB_SECONDS),
      },
      acts: ofEach(costOf),
    }
  } finally {
    await stores.stop()
  }
}

async function measureHeartbeats(): Promise<Pick<Measured, 'heartbeats' | 'delivery'>> {
  const site = await startHeartbeatSite()
  try {
    const [commands, deliveries]: [Point[], Point[]] = [[], []]
    let redis = 0
    for (const processes of HEARTBEAT_SIZES) {
      await site.grow(processes)
      await sleep(1_000)
      const before = await site.read()
      await sleep(HEARTBEAT_SECONDS * 1_000)
      const after = await site.read()
      const [asked, delivered] = [after.commands - before.commands, after.delivered - before.delivered]
      commands.push({ processes, count: asked / HEARTBEAT_SECONDS })
      deliveries.push({ processes, count: delivered / HEARTBEAT_SECONDS })
      redis = ((after.cpuMs - before.cpuMs) * 1_000) / (asked + delivered)
    }
    const before = await site.read()
    await site.invalidate(INVALIDATIONS)
    await sleep(200)
    const after = await site.read()
    const delivery = ((after.cpuMs - before.cpuMs) * 1_000) / (after.delivered - before.delivered)
    return { heartbeats: { commands, deliveries, redis }, delivery }
  } finally {
    await site.stop()
  }
}

interface Counted {
  readonly size: number
  readonly jobs: Counts
  /** For one act. */
  readonly acts: Readonly<Record<Act, Counts>>
}

async function withSite<T>(size: number, counting: boolean, work: (site: CountedSite) => Promise<T>): Promise<T> {
  const site = await startCountedSite(size, counting)
  try {
    return await work(site)
  } finally {
    await site.stop()
  }
}

async function countAll(site: CountedSite): Promise<Counted> {
  const size = site.processes.length
  const acts = await eachTrial(async (act, events) => {
    const perform = await PREPARE[act](site, events)
    const before = site.counts()
    await perform()
    return per(differenceOf(before, site.counts()), events * size)
  })
  site.startJobs()
  await sleep(1_000)
  const before = site.counts()
  await sleep(JOB_SECONDS * 1_000)
  return { size, acts, jobs: differenceOf(before, site.counts()) }
}

interface Times {
  readonly redis: number
  readonly postgres: number
}

interface Pids {
  readonly redis: number
  readonly postgres: number
}

function timeAll(site: CountedSite, pids: Pids): Promise<Record<Act, Times>> {
  const read = () => ({ redis: cpuTime([pids.redis]), postgres: cpuTime([pids.postgres]) })
  return eachTrial(async (act, fewer) => {
    const events = fewer * MORE
    const perform = await PREPARE[act](site, events)
    const before = read()
    await perform()
    const after = read()
    const count = events * site.processes.length
    return {
      redis: Math.max(0, after.redis - before.redis) / count,
      postgres: Math.max(0, after.postgres - before.postgres) / count,
    }
  })
}

async function eachTrial<T>(work: (act: Act, events: number) => Promise<T>): Promise<Record<Act, T>> {
  const results: Partial<Record<Act, T>> = {}
  for (const { act, events } of TRIALS) results[act] = await work(act, events)
  return ofEach((act) => {
    const result = results[act]
    if (result === undefined) throw new Error(`${act} was not measured`)
    return result
  })
}

function ofEach<T>(make: (act: Act) => T): Record<Act, T> {
  return Object.fromEntries(TRIALS.map(({ act }) => [act, make(act)])) as Record<Act, T>
}

function mapped(counts: Counts, change: (count: number, name: keyof Counts) => number): Counts {
  return {
    commands: change(counts.commands, 'commands'),
    heartbeatCommands: change(counts.heartbeatCommands, 'heartbeatCommands'),
    heartbeats: change(counts.heartbeats, 'heartbeats'),
    invalidations: change(counts.invalidations, 'invalidations'),
    statements: change(counts.statements, 'statements'),
  }
}

const differenceOf = (before: Counts, after: Counts) => mapped(after, (count, name) => count - before[name])
const per = (counts: Counts, events: number) => mapped(counts, (count) => count / events)

async function pidsOf(stores: { readonly databaseUrl: string; readonly redisUrl: string }): Promise<Pids> {
  const redis = new Redis(stores.redisUrl)
  const info = await redis.info('server')
  redis.disconnect()
  const [row] = await sql(stores.databaseUrl, 'SHOW data_directory')
  const folder = String(Object.values(row ?? {})[0])
  const [pid] = readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')
  return { redis: Number(/process_id:(\d+)/.exec(info)?.[1]), postgres: Number(pid) }
}

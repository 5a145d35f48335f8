import { randomBytes } from 'node:crypto'
import { scheduleJobs } from '../../../server/operate/jobs/schedule.js'
import { bearer, Caller, checkOf } from '../../support/clients/caller.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { fillAccounts } from '../parts/fill.js'
import { countQueries } from '../query-count.js'

/** What went to the stores and came back, since the start. */
export interface Counts {
  /** Of Redis, without those of heartbeats. */
  readonly commands: number
  readonly heartbeatCommands: number
  readonly heartbeats: number
  readonly invalidations: number
  readonly statements: number
}

/** Replicas of Postern in this process, on the same stores. */
export interface CountedSite {
  readonly processes: readonly RunningPostern[]
  counts(): Counts
  /** Checks each token once, at the process of its number. */
  check(tokens: readonly string[], query: string, cookie?: boolean): Promise<void>
  /** Starts the periodic jobs of each replica, as its main process does. */
  startJobs(): void
  stop(): Promise<void>
}

/** The commands of a heartbeat: its pipeline. */
const BEATS = new Set(['get', 'info', 'publish', 'subscribe'])
const AT_ONCE = 8
const SETTINGS = { quota: { default: { api: { limited: 1_000_000_000 } } } }

/** @param counting whether all goes through relays that count, which takes CPU time of this process and none of the stores */
export async function startCountedSite(size: number, counting: boolean): Promise<CountedSite> {
  const direct = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
  const redis = { commands: 0, heartbeatCommands: 0, heartbeats: 0, invalidations: 0 }
  const queries = countQueries()
  const relays = counting
    ? {
        databaseUrl: await startRelay(direct.databaseUrl, { onSent: queries.ofPostgres }),
        redisUrl: await startRelay(direct.redisUrl, { onSent: countCommands, answer: countMessages }),
      }
    : undefined
  const urls = relays ? { databaseUrl: relays.databaseUrl.url, redisUrl: relays.redisUrl.url } : direct
  const secret = randomBytes(32).toString('base64url')
  const processes: RunningPostern[] = []
  for (let index = 0; index < size; index++) {
    processes.push(await startPostern({ ...urls, secret, settings: SETTINGS, logLevel: 'error' }))
  }
  const [first] = processes
  if (!first) throw new Error('A site has a process')
  await fillAccounts(first.context)
  const schedules: { stop(): Promise<void> }[] = []

  function countCommands(chunk: Buffer): void {
    for (const [, name = ''] of chunk.toString('latin1').matchAll(/(?<![^\n])\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      if (BEATS.has(name.toLowerCase())) redis.heartbeatCommands++
      else redis.commands++
    }
  }
  function countMessages(chunk: Buffer): Buffer {
    const text = chunk.toString('latin1')
    redis.heartbeats += text.match(/\r\n1 heartbeat /g)?.length ?? 0
    redis.invalidations += text.match(/\r\n1 invalidate /g)?.length ?? 0
    return chunk
  }

  return {
    processes,
    counts: () => ({ ...redis, statements: queries.count() }),
    async check(tokens, query, cookie = false) {
      // One process after the other: in one event loop they would break up each other's statements for many.
      for (const [at, { port }] of processes.entries()) {
        const own = tokens.filter((_token, index) => index % size === at)
        await checkAll(port, own, query, cookie)
      }
    },
    startJobs: () => void schedules.push(...processes.map(({ context }) => scheduleJobs(context, context.log))),
    async stop() {
      for (const each of schedules) await each.stop()
      for (const each of processes) await each.stop()
      await relays?.databaseUrl.stop()
      await relays?.redisUrl.stop()
    },
  }
}

async function checkAll(port: number, tokens: readonly string[], query: string, cookie: boolean): Promise<void> {
  const waiting = [...tokens]
  const work = async () => {
    const caller = new Caller(port)
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
      const reply = await caller.ask(checkOf(query, cookie ? { Cookie: `postern=${token}` } : bearer(token)))
      if (reply instanceof Error) throw reply
      if (reply.status !== 200) throw new Error(`A check was answered with ${reply.status}`)
    }
    caller.close()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { Chance } from '../support/chance.js'
import { type Deployment, type Member, revive } from './deployment.js'
import type { Ledger } from './ledger.js'

/** Something that goes wrong, and is put right again by the time that it resolves. */
export interface Fault {
  readonly name: string
  /** The part that breaks: no two faults break the same part at once. */
  readonly what: 'server' | 'Redis' | 'PostgreSQL' | 'network'
  happen(deployment: Deployment, ledger: Ledger, chance: Chance): Promise<void>
}

/** The age of writes that a killed Redis may lose: it waits for a slow disk so long, and no longer. */
const UNWRITTEN_MS = 4_000

const DROP_ALL =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL'

const fault = (what: Fault['what'], name: string, happen: Fault['happen']): Fault => ({ name, what, happen })

const one = (deployment: Deployment, chance: Chance): Member => chance.pick(deployment.members)
const wait = (chance: Chance, least: number, most: number) => sleep(chance.between(least, most))

/** The network between a server and one of its stores. */
const network = (name: string, harm: (relay: Member['toRedis']) => unknown) =>
  (['toPostgres', 'toRedis'] as const).map((way) =>
    fault(
      'network',
      `the network ${way === 'toRedis' ? 'to Redis' : 'to PostgreSQL'} ${name}`,
      async (deployment, _ledger, chance) => {
        const relay = one(deployment, chance)[way]
        await harm(relay)
        await wait(chance, 100, 2_500)
        await relay.mend()
      },
    ),
  )

export const FAULTS: readonly Fault[] = [
  fault('server', 'a server is killed', async (deployment, _ledger, chance) => {
    const member = one(deployment, chance)
    await member.serving.kill()
    await wait(chance, 0, 300)
    await revive(member)
  }),
  fault('server', 'a server is restarted', async (deployment, _ledger, chance) => {
    const member = one(deployment, chance)
    await member.serving.stop()
    await revive(member)
  }),
  fault('server', 'all servers are killed', async (deployment) => {
    await Promise.all(deployment.members.map(({ serving }) => serving.kill()))
    await Promise.all(deployment.members.map(revive))
  }),
  fault('server', 'a server stands still', async (deployment, _ledger, chance) => {
    const pid = one(deployment, chance).serving.pid()
    process.kill(pid, 'SIGSTOP')
    await wait(chance, 100, 3_000)
    process.kill(pid, 'SIGCONT')
  }),
  fault('server', 'the clock of a server steps', async (deployment, _ledger, chance) => {
    const member = one(deployment, chance)
    member.stepClock(chance.pick([-600, -30, -3, 3, 30, 600]))
    await wait(chance, 200, 2_000)
    member.stepClock(0)
  }),

  fault('Redis', 'Redis is killed', async ({ stores }, ledger, chance) => {
    const since = performance.now() - UNWRITTEN_MS
    await losing(ledger, since, async () => {
      stores.redis.kill()
      await wait(chance, 0, 800)
      await stores.redis.start()
    })
  }),
  fault('Redis', 'Redis stands still', async ({ stores }, _ledger, chance) => {
    stores.redis.pause()
    await wait(chance, 100, 3_000)
    stores.redis.resume()
  }),
  fault('Redis', 'Redis is flushed', async ({ stores }, ledger) => {
    await losing(ledger, EVER, () => atRedis(stores.redis.url, (redis) => redis.flushall()))
  }),
  fault('Redis', 'Redis comes back empty', async ({ stores }, ledger) => {
    await losing(ledger, EVER, async () => {
      stores.redis.kill()
      await stores.redis.startWith('nothing')
    })
  }),
  fault('Redis', 'Redis comes back as it was earlier', async ({ stores }, ledger, chance) => {
    stores.redis.copy()
    await wait(chance, 300, 2_500)
    await losing(ledger, EVER, async () => {
      stores.redis.kill()
      await stores.redis.startWith('copy')
    })
  }),
  fault('Redis', 'Redis drops its connections', ({ stores }) =>
    atRedis(stores.redis.url, async (redis) => {
      await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes')
    }),
  ),

  fault('PostgreSQL', 'PostgreSQL is killed', async ({ stores }, _ledger, chance) => {
    stores.postgres.kill()
    await wait(chance, 0, 500)
    await stores.postgres.start()
  }),
  fault('PostgreSQL', 'PostgreSQL is restarted', async ({ stores }) => {
    await stores.postgres.stop()
    await stores.postgres.start()
  }),
  fault('PostgreSQL', 'PostgreSQL stands still', async ({ stores }, _ledger, chance) => {
    stores.postgres.pause()
    await wait(chance, 100, 3_000)
    stores.postgres.resume()
  }),
  fault('PostgreSQL', 'PostgreSQL drops its connections', async ({ stores }) => {
    const client = new pg.Client({ connectionString: stores.postgres.url })
    await client.connect()
    await client.query(DROP_ALL)
    await client.end()
  }),

  ...network('is cut', (relay) => relay.cut()),
  ...network('falls silent', (relay) => relay.stall()),
  ...network('resets its connections', (relay) => relay.reset()),
  ...network('lets only drops through', (relay) => relay.drip()),
  ...network('takes connections and answers nothing', (relay) => relay.hang()),
  fault('network', 'the connection for changes breaks', async (deployment, _ledger, chance) => {
    const { toRedis } = one(deployment, chance)
    for (let times = chance.between(1, 10); times > 0; times--) {
      toRedis.reset((sent) => /subscribe/i.test(sent))
      await wait(chance, 5, 100)
    }
  }),
]

const EVER = Number.NEGATIVE_INFINITY

/** Sessions and delegated tokens that were made since then are lost at some moment of this. */
async function losing(ledger: Ledger, since: number, work: () => Promise<void>): Promise<void> {
  ledger.redisLost(since)
  await work()
  ledger.redisLost(since)
}

async function atRedis(url: string, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url)
  redis.on('error', () => {})
  try {
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

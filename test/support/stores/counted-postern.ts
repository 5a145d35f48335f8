import { countQueries } from '../../bench/query-count.js'
import { type RunningPostern, startPostern } from '../postern.js'
import { startRelay } from './relay.js'
import { freshDatabase, freshRedis } from './stores.js'

/** What the stores are asked for a piece of work. */
export interface Asked {
  readonly statements: number
  /** The names of the commands to Redis. */
  readonly commands: readonly string[]
  /** How often something was sent to Redis; commands that are sent together are one round trip. */
  readonly roundTrips: number
}

export interface CountedPostern {
  readonly postern: RunningPostern
  /** Counts what is asked for a piece of work: of several times the least, because jobs ask beside it. */
  asked(work: (time: number) => Promise<unknown>): Promise<Asked>
  stop(): Promise<void>
}

/** How often {@link CountedPostern.asked} does the work. */
export const TIMES = 6

/** Starts Postern with stores behind relays that count what they are asked. */
export async function startCountedPostern(): Promise<CountedPostern> {
  const queries = countQueries()
  let commands: string[] = []
  let roundTrips = 0
  const ofRedis = (chunk: Buffer) => {
    const found = commandsIn(chunk)
    commands.push(...found)
    if (found.length > 0) roundTrips++
  }
  const toPostgres = await startRelay(await freshDatabase(), { onSent: queries.ofPostgres })
  const toRedis = await startRelay(await freshRedis(), { onSent: ofRedis })
  const postern = await startPostern({ databaseUrl: toPostgres.url, redisUrl: toRedis.url, logLevel: 'info' })
  return {
    postern,
    async asked(work) {
      let least: Asked | undefined
      for (let time = 0; time < TIMES; time++) {
        const before = queries.count()
        commands = []
        roundTrips = 0
        await work(time)
        const found = { statements: queries.count() - before, commands, roundTrips }
        if (least === undefined || sizeOf(found) < sizeOf(least)) least = found
      }
      if (!least) throw new Error('The work was not done')
      return least
    },
    async stop() {
      await postern.stop()
      await Promise.all([toPostgres.stop(), toRedis.stop()])
    },
  }
}

const sizeOf = ({ statements, commands }: Asked): number => statements + commands.length

/** The names of the commands in what a client of Redis sent, without those of the heartbeats. */
function commandsIn(chunk: Buffer): string[] {
  const all = [...chunk.toString('latin1').matchAll(/(?<![^\n])\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)]
  return all.map(([, name = '']) => name.toLowerCase()).filter((name) => !/^(?:publish|ping|subscribe)$/.test(name))
}

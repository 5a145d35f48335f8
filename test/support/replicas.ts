import { type Context, createContext } from '../../server/storage/context.js'
import { type RunningPostern, startPostern } from './postern.js'
import { freshDatabase, freshRedis } from './stores/stores.js'

/** Two replicas of Postern on the same stores. */
export interface Replicas {
  readonly here: RunningPostern
  readonly there: RunningPostern
  /** As the command line has it: it changes the stores, and listens to no message. */
  readonly command: Context
  stop(): Promise<void>
}

export async function startReplicas(settings: Readonly<Record<string, unknown>> = {}): Promise<Replicas> {
  const options = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'x'.repeat(32), settings }
  const here = await startPostern(options)
  const there = await startPostern(options)
  const stop = async () => {
    await here.stop()
    await there.stop()
  }
  return { here, there, command: createContext(here.context), stop }
}

import type { Context } from './context.js'
import { reachesAllKeys } from './redis/reachability.js'

/** A store that takes longer to answer counts as down. */
const PROBE_TIMEOUT_MS = 2_000

/**
 * Whether a store answers. PostgreSQL is `read_only` where it takes no writes: checks go on, and no token is created or
 * revoked. Redis is `partly_down` while a master of a cluster does not answer.
 */
export type StoreState = 'up' | 'read_only' | 'partly_down' | 'down'

/** Asks PostgreSQL. */
export function postgresState({ postgres }: Pick<Context, 'postgres'>): Promise<StoreState> {
  return stateOf(async () => ((await postgres.takesWrites()) ? 'up' : 'read_only'))
}

/** Asks Redis. */
export function redisState({ redis }: Pick<Context, 'redis'>): Promise<StoreState> {
  return stateOf(async () => ((await reachesAllKeys(redis)) ? 'up' : 'partly_down'))
}

/** Returns what a probe finds, or that the store is down. */
export async function stateOf(probe: () => Promise<StoreState>): Promise<StoreState> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<StoreState>((resolve) => {
    timer = setTimeout(resolve, PROBE_TIMEOUT_MS, 'down')
  })
  const state = await Promise.race([probe().catch((): StoreState => 'down'), timeout])
  clearTimeout(timer)
  return state
}

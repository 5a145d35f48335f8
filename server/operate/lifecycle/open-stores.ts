import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { ProcessCounters } from '../../core/process-counters.js'
import { systemClock } from '../../core/time.js'
import { Secret } from '../../core/token/secret.js'
import type { LockRole } from '../../embedded/lock.js'
import { startEmbedded } from '../../embedded/start.js'
import { deriveKeys } from '../../settings/keys.js'
import type { Settings } from '../../settings/schema.js'
import { InvalidationSubscriber } from '../../storage/cache/invalidation-subscriber.js'
import { type Context, createContext } from '../../storage/context.js'
import { openLdap } from '../../storage/ldap/directory.js'
import { openPostgres } from '../../storage/postgres/client.js'
import { migrate } from '../../storage/postgres/migrate.js'
import { applyRevocations } from '../../storage/revocations.js'
import { connectRedis } from './connect-redis.js'
import { masterSecrets } from './master-secrets.js'
import { poolSizeOf, workersOf } from './worker-count.js'

export interface OpenStores {
  readonly context: Context
  /** Closes the stores, and stops those that were started here. May be called again. */
  close(): Promise<void>
}

interface OpenOptions {
  /** The server, or one of its workers or a command beside it: those use the stores that the server has started. */
  readonly role: LockRole | 'worker'
  /** Called when a store that was started here ends by itself. */
  readonly onStoreExit?: (what: string) => void
}

/**
 * From settings to stores that answer: starts PostgreSQL and Redis where none are configured, brings the database up to
 * date and connects.
 *
 * @throws what {@link explainStart} can put into words; nothing stays running then
 */
export async function openStores(
  settings: Settings,
  log: Logger,
  { role, onStoreExit }: OpenOptions,
): Promise<OpenStores> {
  const keys = deriveKeys(masterSecrets(settings))
  const embedded = await startEmbedded({
    dataDir: settings.data,
    postgres: !settings.databaseUrl,
    redis: !settings.redisUrl,
    role: role === 'server' ? role : 'command',
    onExit: (server, how) => onStoreExit?.(`${server} ended (${how})`),
  })
  const closers: (() => Promise<void>)[] = [() => embedded.stop()]
  let closing = false
  const close = async () => {
    closing = true
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  const counters = new ProcessCounters()
  const lost = (store: string) => (error: Error & { code?: unknown }) => {
    if (closing) return
    counters.storeErrors.add(store.toLowerCase())
    log.error({ code: error.code, cause: error.message }, `${store} connection lost`)
  }
  try {
    const databaseUrl = settings.databaseUrl ?? new Secret(embedded.databaseUrl ?? '')
    const redisUrl = settings.redisUrl ?? new Secret(embedded.redisUrl ?? '')
    await migrate(databaseUrl.reveal())
    const poolSize = poolSizeOf(role === 'worker' ? workersOf(settings) : 1)
    const postgres = openPostgres(databaseUrl, lost('PostgreSQL'), poolSize)
    postgres.pool.on('connect', () => counters.storeConnections.add('postgresql'))
    closers.push(() => postgres.close())
    const redis = await connectRedis(redisUrl, lost('Redis'))
    counters.storeConnections.add('redis')
    redis.on('ready', () => counters.storeConnections.add('redis'))
    closers.push(async () => redis.disconnect())
    const clock = systemClock
    const ldap = settings.ldap && openLdap(settings.ldap, settings, { postgres, clock, log })
    if (ldap) closers.push(() => ldap.close())
    const context = createContext({
      settings,
      keys,
      log,
      postgres,
      redis,
      ...(ldap && { ldap }),
      counters,
      clock,
      random: randomBytes,
    })
    if (role !== 'command') {
      const watch = new InvalidationSubscriber(context, () => applyRevocations(postgres, redis, clock()), lost('Redis'))
      closers.push(async () => watch.stop())
    }
    return { context, close }
  } catch (error) {
    await close()
    throw error
  }
}

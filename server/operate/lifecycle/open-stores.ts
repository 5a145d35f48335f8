import { randomBytes } from 'node:crypto'
import { type Logger, pino } from 'pino'
import { ProcessCounters } from '../../core/process-counters.js'
import { systemClock } from '../../core/time.js'
import { Secret } from '../../core/token/secret.js'
import type { LockRole } from '../../embedded/lock.js'
import { startEmbedded } from '../../embedded/start.js'
import { deriveKeys } from '../../settings/keys.js'
import type { Settings } from '../../settings/schema.js'
import { requireFinishedRestore } from '../../storage/backup/restore-backup.js'
import { InvalidationSubscriber } from '../../storage/cache/invalidation-subscriber.js'
import { type Context, createContext } from '../../storage/context.js'
import { openLdap } from '../../storage/ldap/directory.js'
import { OutageLog } from '../../storage/outage-log.js'
import { openPostgres } from '../../storage/postgres/client.js'
import { migrate, requireSchema } from '../../storage/postgres/migrate.js'
import { copyDatabase } from '../../storage/postgres/migration/copy-database.js'
import { OUR_MIGRATIONS, readMigrations } from '../../storage/postgres/migration/files.js'
import type { RedisClient } from '../../storage/redis/client.js'
import { evictionPolicy } from '../../storage/redis/eviction.js'
import { restoreRefusals } from '../../storage/suspensions.js'
import { raiseFromLog } from '../alarms/raise-from-log.js'
import { connectRedis } from './connect-redis.js'
import { masterSecrets } from './master-secrets.js'
import { poolSizeOf, workersOf } from './worker-count.js'

export interface OpenStores {
  readonly context: Context
  /** Of the database that is open, an embedded one too. */
  readonly databaseUrl: Secret
  /** Closes the connections and stops the embedded servers. Idempotent. */
  close(): Promise<void>
}

interface OpenOptions {
  /** A worker, or a command beside a running server, uses the embedded servers that the server has started. */
  readonly role: LockRole | 'worker'
  /** Called when an embedded server exits by itself. */
  readonly onStoreExit?: (reason: string) => void
}

/**
 * Opens the stores that the settings name. Starts embedded PostgreSQL and Redis where none are configured, migrates the
 * database and connects.
 *
 * @throws {OperatorError} or {SettingsError}; no server stays running then
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
    moves: { copy: copyDatabase, onKept: (folder) => log.warn({ folder }, 'Data of an older PostgreSQL are kept') },
  })
  const closers: (() => Promise<void>)[] = [() => embedded.stop()]
  let closing = false
  const close = async () => {
    closing = true
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  const counters = new ProcessCounters()
  const outages = new OutageLog(log)
  const onLost = (store: string) => (error: Error) => {
    if (closing) return
    counters.storeErrors.add(store.toLowerCase())
    outages.error(`${store} connection lost`, error)
  }
  try {
    const databaseUrl = settings.databaseUrl ?? new Secret(embedded.databaseUrl ?? '')
    const redisUrl = settings.redisUrl ?? new Secret(embedded.redisUrl ?? '')
    await requireFinishedRestore(databaseUrl.reveal())
    await prepareSchema(settings, databaseUrl, log)
    const workers = role === 'command' ? 1 : workersOf(settings)
    const poolSize = poolSizeOf(settings.databaseConnections, workers, role === 'worker' ? 'worker' : 'primary')
    const postgres = openPostgres(databaseUrl, onLost('PostgreSQL'), poolSize)
    postgres.pool.on('connect', () => counters.storeConnections.add('postgresql'))
    closers.push(() => postgres.close())
    const redis = await connectRedis(redisUrl, onLost('Redis'))
    counters.storeConnections.add('redis')
    redis.on('ready', () => counters.storeConnections.add('redis'))
    closers.push(async () => redis.disconnect())
    if (role === 'server') await warnOfEviction(redis, log)
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
      // The terminal of a command is no log: the server logs its events when it chains them.
      ...(role === 'command' && { auditLog: pino({ enabled: false }) }),
    })
    await context.restoreLock.watch()
    closers.push(async () => context.restoreLock.stop())
    raiseFromLog(log, context.alarms)
    closers.push(() => context.alarms.stop())
    closers.push(() => context.events.stop())
    if (role !== 'command') {
      const subscriber = new InvalidationSubscriber(
        context,
        () => restoreRefusals(postgres, redis, clock()),
        onLost('Redis'),
      )
      closers.push(async () => subscriber.stop())
    }
    return { context, databaseUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function prepareSchema({ updateSchema }: Settings, databaseUrl: Secret, log: Logger): Promise<void> {
  if (!updateSchema) return requireSchema(databaseUrl.reveal())
  const [first] = await readMigrations(OUR_MIGRATIONS)
  let isNew = false
  await migrate(databaseUrl.reveal(), OUR_MIGRATIONS, ({ name }) => {
    isNew ||= name === first?.name
    if (!isNew) log.info({ migration: name }, 'Migration applied')
  })
  if (isNew) log.info('Database created')
}

async function warnOfEviction(redis: RedisClient, log: Logger): Promise<void> {
  const policy = await evictionPolicy(redis)
  if (policy !== undefined) log.warn({ policy, wanted: 'noeviction' }, 'Redis ends sessions when its memory is full')
}

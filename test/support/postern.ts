import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { createApp } from '../../server/app.js'
import { Refusal } from '../../server/core/access/refusal.js'
import { ProcessCounters } from '../../server/core/process-counters.js'
import { type EpochSeconds, systemClock } from '../../server/core/time.js'
import { type Scope, scopesOfGroups } from '../../server/core/token/scope.js'
import { Secret } from '../../server/core/token/secret.js'
import { formatToken, parseToken } from '../../server/core/token/token.js'
import { createHttpServer } from '../../server/http.js'
import { createIngress } from '../../server/ingress/handler.js'
import { raiseFromLog } from '../../server/operate/alarms/raise-from-log.js'
import { health } from '../../server/operate/observability/health.js'
import { openLog } from '../../server/operate/observability/log.js'
import { openMetrics, readingsOf } from '../../server/operate/observability/metrics.js'
import { metricsEndpoint } from '../../server/operate/observability/metrics-endpoint.js'
import { notForClients } from '../../server/operate/observability/not-for-clients.js'
import { startTelemetry } from '../../server/operate/telemetry/telemetry.js'
import { addAccount } from '../../server/people/add-account.js'
import { createServingContext, type ServingContext } from '../../server/serve.js'
import { deriveKeys } from '../../server/settings/keys.js'
import { type Settings, settingsSchema } from '../../server/settings/schema.js'
import { InvalidationSubscriber } from '../../server/storage/cache/invalidation-subscriber.js'
import { createContext } from '../../server/storage/context.js'
import { openLdap } from '../../server/storage/ldap/directory.js'
import { findAccount } from '../../server/storage/postgres/accounts.js'
import { openPostgres } from '../../server/storage/postgres/client.js'
import { openRedis } from '../../server/storage/redis/client.js'
import { restoreRefusals } from '../../server/storage/suspensions.js'
import { createTokenForUser } from '../../server/tokens/create-for-user.js'
import { startTakeOver } from '../../server/tokens/gafaelfawr/take-over.js'
import { ownerOf } from '../../server/tokens/list.js'
import { openSession } from '../../server/tokens/open-session.js'
import { revokeToken } from '../../server/tokens/revoke.js'
import { freshDatabase, freshRedis } from './stores/stores.js'

export const PASSWORD = 'correct horse battery staple'

/** What nginx says of the request that it asks about. */
export const ASKED = { 'X-Original-URL': 'https://data.example.org/tap/sync', 'X-Original-Method': 'GET' }

export interface PosternOptions {
  readonly baseUrl?: string
  readonly port?: number
  /** More settings, as the configuration file would have them. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** The settings as they were loaded, in place of the three above. */
  readonly loaded?: Settings
  readonly databaseUrl?: string
  readonly redisUrl?: string
  /** `debug` when not given, whatever the settings say. */
  readonly logLevel?: Settings['logLevel']
  /** The master secret, or several; a new one when not given. */
  readonly secret?: string | readonly string[]
}

/** The whole of Postern on real stores of its own, on a free loopback port, with a clock that a test can set. */
export interface RunningPostern {
  readonly url: string
  readonly port: number
  readonly server: Server
  readonly context: ServingContext
  /** What time it is: the system's, and what {@link advance} added. */
  now(): EpochSeconds
  advance(seconds: number): void
  /** Everything that was logged so far. */
  logged(): string
  /** Makes sure that an account exists; its password is {@link PASSWORD}. */
  account(username: string, groups?: readonly string[]): Promise<void>
  /** A session token of the user, without the sign-in form. */
  session(username: string): Promise<string>
  /** A user token; by default with the scope `read:tap`. */
  token(username: string, options?: TokenOptions): Promise<string>
  revoke(token: string): Promise<void>
  /** Lists the tokens of the Gafaelfawr that the settings name, as the server does each minute. */
  listFormerTokens(): Promise<void>
  stop(): Promise<void>
}

interface TokenOptions {
  readonly scopes?: readonly string[]
  readonly name?: string
  readonly expires?: EpochSeconds
}

export async function startPostern(options: PosternOptions = {}): Promise<RunningPostern> {
  let ahead = 0
  let passed = 0
  const now = () => systemClock() + ahead
  const databaseUrl = new Secret(options.databaseUrl ?? (await freshDatabase()))
  const redisUrl = new Secret(options.redisUrl ?? (await freshRedis()))
  const given = { baseUrl: options.baseUrl ?? 'http://127.0.0.1:8080', ...options.settings }
  const settings = options.loaded ?? settingsSchema.parse(given)
  const lines: string[] = []
  const sink = new PassThrough().on('data', (chunk) => lines.push(String(chunk)))
  const log = openLog({ ...settings, logLevel: options.logLevel ?? 'debug' }, sink)
  const postgres = openPostgres(databaseUrl, () => undefined)
  const ldap = settings.ldap && openLdap(settings.ldap, settings, { postgres, clock: now, log })
  const outside = {
    settings,
    keys: deriveKeys([options.secret ?? randomBytes(32).toString('hex')].flat().map((text) => new Secret(text))),
    log,
    postgres,
    ...(ldap && { ldap }),
    redis: openRedis(redisUrl, () => undefined),
    counters: new ProcessCounters(),
    clock: now,
    random: randomBytes,
  }
  const context = createServingContext(createContext(outside, () => performance.now() + passed))
  raiseFromLog(log, context.alarms)
  const { redis } = context
  await redis.connect()
  const watch = new InvalidationSubscriber(
    context,
    () => restoreRefusals(postgres, redis, now()),
    () => undefined,
  )
  await watch.isEnabled
  await context.unsealedKeys.refresh()
  await context.restoreLock.watch()
  const telemetry = await startTelemetry(context)
  const takeOver = await startTakeOver(context)
  const metrics = openMetrics(readingsOf(context))
  telemetry?.exportMetrics(() => metrics.getMetricsAsJSON())
  const ingress = createIngress(context)
  const inside = [ingress, ...[health(context), metricsEndpoint(() => metrics.metrics())].map(notForClients)]
  const door = settings.checkParser === 'own' && { door: { ingress, proxies: settings.proxies } }
  const server = createHttpServer(inside, createApp(context), { ...settings.limits, ...door }, telemetry?.around)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve))
  const { port } = server.address() as AddressInfo

  async function account(username: string, groups: readonly string[] = ['users']): Promise<void> {
    if (await findAccount(context.postgres.prisma, username)) return
    const named = groups.map((name) => ({ name }))
    const email = `${username}@example.org`
    expectDone(await addAccount(context, { username, password: new Secret(PASSWORD), email, groups: named }))
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    context,
    now,
    advance: (seconds) => {
      ahead += seconds
      // Time itself only goes on, whatever a clock is set to.
      passed += Math.max(0, seconds) * 1000
    },
    logged: () => lines.join(''),
    account,
    async session(username) {
      await account(username)
      const person = await findAccount(context.postgres.prisma, username)
      const groups = person?.groups.map(({ name }) => name) ?? []
      const scopes = scopesOfGroups(groups, settings.groupMapping)
      const email = person?.email
      return formatToken(await openSession(context, { username, scopes, groups, ...(email && { email }) }, {}))
    },
    async token(username, { scopes = ['read:tap'], name = randomBytes(6).toString('hex'), expires } = {}) {
      await account(username)
      // As an administrator would grant it: tests ask for scopes that no group of the owner's gives.
      const wish = { username, type: 'user' as const, name, scopes: scopes as Scope[] }
      const wanted = { ...wish, ...(expires !== undefined && { expires }) }
      return formatToken(expectDone(await createTokenForUser(context, wanted, { username })).token)
    },
    async revoke(text) {
      const token = parseToken(text)
      if (token instanceof Refusal) throw new Error(token.message)
      const owner = await ownerOf(context, token.key)
      expectDone(await revokeToken(context, owner ?? '', token.key, { username: owner ?? '' }))
    },
    listFormerTokens: async () => takeOver?.refresh(),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await telemetry?.stop()
      watch.stop()
      context.restoreLock.stop()
      await takeOver?.close()
      await ldap?.close()
      await context.postgres.close()
      context.redis.disconnect()
    },
  }
}

function expectDone<T>(outcome: T | Refusal): T {
  if (outcome instanceof Refusal) throw new Error(`${outcome.code}: ${outcome.message}`)
  return outcome
}

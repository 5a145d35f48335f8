import type { Server } from 'node:http'
import type { Registry } from 'prom-client'
import { CallLimiter, type LimitsCalls } from './api/call-limiter.js'
import { createApp } from './app.js'
import { ownUrl } from './core/site/base-path.js'
import { createHttpServer, type Handler, nothingHere, type OnShed } from './http.js'
import { createIngress, type IngressHandler } from './ingress/handler.js'
import { type LimitsRate, rateLimiter } from './ingress/rate-limiter.js'
import { TallyFlusher } from './ingress/tally-flusher.js'
import { watchRefusals } from './operate/alarms/watch-refusals.js'
import { flushRefusals } from './operate/jobs/audit.js'
import { runEvery } from './operate/jobs/interval.js'
import { type DrainOptions, drain } from './operate/lifecycle/drain.js'
import { type ListenAddress, listen } from './operate/lifecycle/listen.js'
import { health } from './operate/observability/health.js'
import { metadataEndpoint } from './operate/observability/metadata-endpoint.js'
import { openMetrics, readingsOf } from './operate/observability/metrics.js'
import { metricsEndpoint, type Scrape } from './operate/observability/metrics-endpoint.js'
import { notForClients } from './operate/observability/not-for-clients.js'
import type { Around } from './operate/telemetry/around.js'
import { ReadFlusher } from './programs/read-flusher.js'
import type { AppListener } from './request-classes.js'
import type { Context } from './storage/context.js'
import { startTakeOver } from './tokens/gafaelfawr/take-over.js'
import { FLUSH_SECONDS, type RecordsUsage, UsageRecorder } from './tokens/usage-recorder.js'

/** How soon imported keys are known without a lookup. */
const UNSEALED_KEYS_MS = 10 * 60_000

/** How soon new tokens of the Gafaelfawr before are taken over without a wait. */
const GAFAELFAWR_KEYS_MS = 60_000

/** How soon many refusals raise an alarm. */
const WATCH_MS = 5_000

/** Over how long the uses of a user are one event. */
const USES_MS = 60_000

/** The context of a process that answers requests. */
export type ServingContext = Context & RecordsUsage & LimitsRate & LimitsCalls

export function createServingContext(context: Context): ServingContext {
  return {
    ...context,
    usage: new UsageRecorder(context.settings.limits.clientsPerDay),
    limiter: rateLimiter(context),
    calls: new CallLimiter(context.settings),
  }
}

/** A server that is listening. */
export interface Serving {
  /** Finishes the requests under way, and flushes the recorded uses. */
  stop(options: DrainOptions): Promise<void>
}

/** Returns the scrape of a process: its own metrics, or those of all workers. */
export type WorkerShare = (registry: Registry) => Scrape

/**
 * Opens the listeners and serves requests.
 *
 * @param around is called around each request, where the site has telemetry
 * @throws if it cannot listen
 */
export async function serve(stores: Context, share: WorkerShare, around?: Around): Promise<Serving> {
  const context = createServingContext(stores)
  const { log } = context
  const scrape = share(openMetrics(readingsOf(context)))
  let stopping = false
  const monitored = [health(context, () => stopping), metricsEndpoint(scrape)]
  const { baseUrl, internalListen } = context.settings
  const ingress = createIngress(context)
  const internal = [
    ingress,
    ...(internalListen
      ? [...monitored, metadataEndpoint(ownUrl(baseUrl, '/auth/docs').href)]
      : monitored.map(notForClients)),
  ]
  const listeners = openListeners(context, createApp(context), { ingress, internal }, around)
  await context.unsealedKeys.refresh()
  const takeOver = await startTakeOver(context)
  for (const { server, address } of listeners) await listen(server, address)
  const counts = [new TallyFlusher(context), new ReadFlusher(context)]
  const flushing = runEvery(
    FLUSH_SECONDS * 1000,
    () => flushCounts(context.usage.flushDue(context), context, counts),
    log,
  )
  const refusals = flushRefusals(context)
  const sums = context.events.isOn ? runEvery(USES_MS, async () => context.events.sendUses(), log) : undefined
  const readingKeys = runEvery(UNSEALED_KEYS_MS, () => context.unsealedKeys.refresh(), log)
  const listing = takeOver && runEvery(GAFAELFAWR_KEYS_MS, () => takeOver.refresh(), log)
  const watching = runEvery(WATCH_MS, () => watchRefusals(context), log)
  return {
    async stop(options) {
      // Health fails only if no other worker goes on listening.
      stopping = options.listening
      await Promise.all(listeners.map(({ server }) => drain(server, options)))
      ingress.flushLog()
      await Promise.all([flushing.stop(), readingKeys.stop(), refusals.stop(), watching.stop(), listing?.stop()])
      await sums?.stop()
      await takeOver?.close()
      await flushCounts(context.usage.flush(context), context, counts).catch((error: unknown) =>
        log.warn({ err: error }, 'Last uses not written'),
      )
      context.events.sendUses()
    },
  }
}

/** Writes the uses, the tallies and the reads of programs, each even if another cannot be written. */
async function flushCounts(
  uses: Promise<void>,
  context: ServingContext,
  counts: readonly (TallyFlusher | ReadFlusher)[],
): Promise<void> {
  const writes = await Promise.allSettled([uses, ...counts.map((each) => each.flush(context))])
  const failed = writes.find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}

interface Listener {
  readonly server: Server
  readonly address: ListenAddress
}

/** Creates one listener; or two, of which the internal one alone serves proxies and monitors. */
function openListeners(
  { settings, counters, outages }: Context,
  app: AppListener,
  { ingress, internal }: { readonly ingress: IngressHandler; readonly internal: readonly Handler[] },
  around: Around | undefined,
): Listener[] {
  const { port, host, internalListen, checkParser, proxies } = settings
  const address = { port, host }
  const onShed: OnShed = (what) => {
    counters.shed.add(what)
    outages.warn('Request shed', `too many ${what === 'request' ? 'requests are under way' : 'connections are open'}`)
  }
  const limits = { ...settings.limits, onShed }
  const checks = { ...limits, ...(checkParser === 'own' && { door: { ingress, proxies } }) }
  if (!internalListen) return [{ server: createHttpServer(internal, app, checks, around), address }]
  return [
    { server: createHttpServer([], app, limits, around), address },
    { server: createHttpServer(internal, nothingHere, checks, around), address: internalListen },
  ]
}

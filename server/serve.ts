import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Registry } from 'prom-client'
import { createApp } from './app.js'
import { createHttpServer, type Handler, nothingHere } from './http.js'
import { createIngress } from './ingress/handler.js'
import { type LimitsRate, rateLimiter } from './ingress/rate-limiter.js'
import { runEvery } from './operate/jobs/interval.js'
import { type DrainOptions, drain } from './operate/lifecycle/drain.js'
import { type ListenAddress, listen } from './operate/lifecycle/listen.js'
import { health } from './operate/observability/health.js'
import { openMetrics, readingsOf } from './operate/observability/metrics.js'
import { metricsEndpoint, type Scrape } from './operate/observability/metrics-endpoint.js'
import type { Settings } from './settings/schema.js'
import type { Context } from './storage/context.js'
import { FLUSH_SECONDS, type RecordsUsage, UsageRecorder } from './tokens/usage-recorder.js'

/** How soon a quota override reaches those whom nothing else limits. */
const REFRESH_MS = 5_000

/** The context of a process that answers requests. */
export type ServingContext = Context & RecordsUsage & LimitsRate

export function createServingContext(context: Context): ServingContext {
  return { ...context, usage: new UsageRecorder(), limiter: rateLimiter(context) }
}

/** Something that answers requests. */
export interface Serving {
  /** Lets requests under way finish, and writes down what is still to be written. */
  stop(farewell: DrainOptions): Promise<void>
}

/** Where a process' metrics are told: by itself, or with those of others. */
type WorkerShare = (registry: Registry) => Scrape

/** Opens the doors and answers. Throws where it cannot listen. */
export async function serve(stores: Context, share: WorkerShare): Promise<Serving> {
  const context = createServingContext(stores)
  const { usage, limiter, log } = context
  const scrape = share(openMetrics(readingsOf(context)))
  let leaving = false
  const inside = [createIngress(context), health(context, () => leaving), metricsEndpoint(scrape)]
  const doors = openListeners(context.settings, createApp(context), inside)
  await limiter.refresh()
  for (const { server, address } of doors) await listen(server, address)
  const flushing = runEvery(FLUSH_SECONDS * 1000, () => usage.flush(context), log)
  const refreshing = runEvery(REFRESH_MS, () => limiter.refresh(), log)
  return {
    async stop(farewell) {
      // Where others go on listening for us, nobody needs to look elsewhere.
      leaving = farewell.listening
      await Promise.all(doors.map(({ server }) => drain(server, farewell)))
      await Promise.all([flushing.stop(), refreshing.stop()])
      await usage.flush(context).catch((error: unknown) => log.warn({ err: error }, 'The last uses were not written'))
    },
  }
}

interface Listener {
  readonly server: Server
  readonly address: ListenAddress
}

/** One door for everybody; or two, one of them for proxies and monitors alone, which the other then does not know. */
function openListeners({ port, host, internalListen }: Settings, app: Express, inside: readonly Handler[]): Listener[] {
  const address = { port, host }
  if (!internalListen) return [{ server: createHttpServer(inside, app), address }]
  return [
    { server: createHttpServer([], app), address },
    { server: createHttpServer(inside, nothingHere), address: internalListen },
  ]
}

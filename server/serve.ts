import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { createApp } from './app.js'
import { createHttpServer, type Handler, nothingHere } from './http.js'
import { ingress } from './ingress/handler.js'
import { rateLimiter } from './ingress/rate-limiter.js'
import { repeat } from './operate/jobs/interval.js'
import { drain, type Farewell } from './operate/lifecycle/drain.js'
import { type ListenAddress, listen } from './operate/lifecycle/listen.js'
import { health } from './operate/observability/health.js'
import { openMetrics, readingsOf } from './operate/observability/metrics.js'
import { metricsDoor, type Scrape } from './operate/observability/metrics-endpoint.js'
import type { Settings } from './settings/schema.js'
import type { Context } from './storage/context.js'
import { FLUSH_SECONDS, Uses } from './tokens/usage-recorder.js'

/** How soon a quota override reaches those whom nothing else limits. */
const REFRESH_MS = 5_000

/** Something that answers requests. */
export interface Serving {
  /** Lets requests under way finish, and writes down what is still to be written. */
  stop(farewell: Farewell): Promise<void>
}

/** Where a process' metrics are told: by itself, or with those of others. */
type Share = (registry: Registry) => Scrape

/** Opens the doors and answers. Throws where it cannot listen. */
export async function serve(context: Context, log: Logger, share: Share): Promise<Serving> {
  const uses = new Uses()
  const limiter = rateLimiter(context, log)
  const scrape = share(openMetrics(readingsOf(context)))
  let leaving = false
  const inside = [ingress(context, uses, limiter, log), health(context, () => leaving), metricsDoor(scrape)]
  const doors = openDoors(context.settings, createApp(context, uses, log), inside)
  await limiter.refresh()
  for (const { server, address } of doors) await listen(server, address)
  const flushing = repeat(FLUSH_SECONDS * 1000, () => uses.flush(context), log)
  const refreshing = repeat(REFRESH_MS, () => limiter.refresh(), log)
  return {
    async stop(farewell) {
      // Where others go on listening for us, nobody needs to look elsewhere.
      leaving = farewell.listening
      await Promise.all(doors.map(({ server }) => drain(server, farewell)))
      await Promise.all([flushing.stop(), refreshing.stop()])
      await uses.flush(context).catch((error: unknown) => log.warn({ err: error }, 'The last uses were not written'))
    },
  }
}

interface Door {
  readonly server: Server
  readonly address: ListenAddress
}

/** One door for everybody; or two, one of them for proxies and monitors alone, which the other then does not know. */
function openDoors({ port, host, internalListen }: Settings, app: Express, inside: readonly Handler[]): Door[] {
  const address = { port, host }
  if (!internalListen) return [{ server: createHttpServer(inside, app), address }]
  return [
    { server: createHttpServer([], app), address },
    { server: createHttpServer(inside, nothingHere), address: internalListen },
  ]
}

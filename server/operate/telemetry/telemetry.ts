import { randomUUID } from 'node:crypto'
import { version } from '../../api/version.js'
import { Sampler } from '../../core/telemetry/sampler.js'
import type { Context } from '../../storage/context.js'
import type { MetricsReport } from '../cluster/messages.js'
import type { Around } from './around.js'
import { instrument } from './instrument.js'
import { metricData } from './metric-data.js'
import { loadOpenTelemetry, type OpenTelemetry } from './packages.js'
import { Tracing } from './tracing.js'

/** Spans that wait for the collector; more are dropped. */
const MOST_WAITING = 2_048
const EXPORT_TIMEOUT_MS = 10_000
/** How long a stopping process waits for the collector. */
const STOP_MS = 3_000

/** Line of the log; the data of failed exports is lost. */
const NOT_EXPORTED = 'Telemetry not exported'

export interface Telemetry {
  /** Handles a request in a span, where it is sampled. */
  readonly around: Around
  /** Exports the metrics of all processes, now and then. Only the main process does. */
  exportMetrics(read: () => Promise<MetricsReport>): void
  /** Exports what is left, and gives up after seconds. */
  stop(): Promise<void>
}

/**
 * Starts OpenTelemetry, where the site has a collector. No request waits for it: spans are in a bounded queue, and of a collector
 * that hangs, refuses or is gone, the log has a line and no more.
 *
 * @returns undefined where nothing is exported; then no package is loaded, and no request pays
 */
export async function startTelemetry(context: Context): Promise<Telemetry | undefined> {
  const { endpoint, sampling, interval } = context.settings.telemetry
  if (!endpoint) return undefined
  const otel = await loadOpenTelemetry()
  const { diag, DiagLogLevel } = otel
  const log = (message: string) => context.outages.warn(NOT_EXPORTED, new Error(causeOf(message)))
  const quiet = { info: () => undefined, debug: () => undefined, verbose: () => undefined }
  diag.setLogger({ error: log, warn: log, ...quiet }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const resource = resourceOf(otel)
  const options = (signal: string) => ({ url: addressOf(endpoint, signal), timeoutMillis: EXPORT_TIMEOUT_MS })
  const spans = new otel.BatchSpanProcessor(new otel.OTLPTraceExporter(options('traces')), {
    maxQueueSize: MOST_WAITING,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const tracers = new otel.BasicTracerProvider({
    resource,
    spanProcessors: [spans],
    sampler: new otel.AlwaysOnSampler(),
  })
  const tracer = tracers.getTracer('postern')
  const sampler = new Sampler(sampling)
  const tracing = new Tracing({ otel, tracer, sampler, baseUrl: context.settings.baseUrl })
  const stopFollowing = instrument(context, tracing)
  const providers: { shutdown(): Promise<void> }[] = [tracers]
  const fromMs = Date.now()
  return {
    around: tracing.around,
    exportMetrics(read) {
      const producer = {
        async collect() {
          const metrics = metricData(otel, await read(), { fromMs, toMs: Date.now() })
          return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'postern' }, metrics }] }, errors: [] }
        },
      }
      const reader = new otel.PeriodicExportingMetricReader({
        exporter: new otel.OTLPMetricExporter(options('metrics')),
        exportIntervalMillis: interval * 1000,
        exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, interval * 1000),
        metricProducers: [producer],
      })
      providers.push(new otel.MeterProvider({ resource, readers: [reader] }))
    },
    async stop() {
      stopFollowing()
      let timer: NodeJS.Timeout | undefined
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_MS)
      })
      const stopped = Promise.all(
        providers.map((each) => each.shutdown().catch((error: unknown) => log(String(error)))),
      )
      await Promise.race([stopped, timeout])
      clearTimeout(timer)
      diag.disable()
    },
  }
}

/** A name that the environment gives wins, as do its attributes. */
function resourceOf({ resourceFromAttributes, detectResources, envDetector }: OpenTelemetry) {
  const own = { 'service.name': 'postern', 'service.version': version(), 'service.instance.id': randomUUID() }
  return resourceFromAttributes(own).merge(detectResources({ detectors: [envDetector] }))
}

/** Returns where a signal goes: below the base address, unless OpenTelemetry's variable names an address for this signal. */
function addressOf(endpoint: URL, signal: string): string {
  const own = process.env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]
  return own || `${endpoint.href.replace(/\/$/, '')}/v1/${signal}`
}

/** The exporters log their errors as JSON, with the stack and the answer of the collector. */
function causeOf(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message)
  } catch {
    // Not an error, but a sentence.
  }
  return message
}

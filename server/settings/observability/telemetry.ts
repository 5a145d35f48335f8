import { z } from 'zod'
import { MINUTE } from '../../core/time.js'
import { httpUrl, waitingTime } from '../values.js'

/** Traces and metrics for a collector of OpenTelemetry. */
export const telemetrySchema = z.strictObject({
  endpoint: httpUrl
    .optional()
    .describe(
      'Base address of a collector that takes OTLP over HTTP, such as `http://collector.example.org:4318`; `OTEL_EXPORTER_OTLP_ENDPOINT` does the same. Without it nothing is exported',
    ),
  sampling: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe(
      'Share of the requests that are traced, from 0 to 1, besides those that belong to a sampled trace; at most 50 a second in each process',
    ),
  interval: waitingTime
    .refine((seconds) => seconds >= 5, 'must be at least 5 seconds, such as 1m')
    .default(MINUTE)
    .describe('How often the metrics are exported, at least 5s'),
})

export type TelemetrySettings = z.infer<typeof telemetrySchema>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Completes the section `telemetry` by OpenTelemetry's own variables. The exporters themselves read those of headers, certificates,
 * timeouts and attributes of the resource.
 */
export function withOpenTelemetry(given: unknown, environment: Environment): unknown {
  if (given !== undefined && !isSection(given)) return given
  const { endpoint: _endpoint, ...rest } = given ?? {}
  if (environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return rest
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: interval } = environment
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share } = environment
  return {
    ...(endpoint && { endpoint }),
    ...(sampler.endsWith('always_on') && { sampling: 1 }),
    ...(sampler.endsWith('always_off') && { sampling: 0 }),
    ...(sampler.endsWith('traceidratio') && share && { sampling: Number(share) }),
    ...(interval && { interval: Math.round(Number(interval) / 1000) }),
    ...given,
  }
}

function isSection(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

/** Loads the packages of OpenTelemetry, which a process without telemetry does without. */
export async function loadOpenTelemetry() {
  const [api, resources, traces, traceExporter, metrics, metricExporter] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
  ])
  return { ...api, ...resources, ...traces, ...traceExporter, ...metrics, ...metricExporter }
}

export type OpenTelemetry = Awaited<ReturnType<typeof loadOpenTelemetry>>

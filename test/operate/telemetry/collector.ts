import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { moduleProgram } from '../../support/programs/go.mjs'
import { freePort } from '../../support/run/ports.js'
import { listens, startServer, untilReady } from '../../support/run/processes.js'
import { temporaryFolder, unprivilegedUser } from '../../support/run/unprivileged.js'

const attribute = z.object({
  key: z.string(),
  value: z.looseObject({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() }),
})
const span = z.looseObject({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  kind: z.number(),
  attributes: z.array(attribute).default([]),
  status: z.looseObject({ code: z.number().optional() }).default({}),
})
const point = z.looseObject({
  attributes: z.array(attribute).default([]),
  asDouble: z.number().optional(),
  asInt: z.coerce.number().optional(),
  count: z.coerce.number().optional(),
  bucketCounts: z.array(z.coerce.number()).optional(),
})
const points = z.looseObject({ dataPoints: z.array(point).default([]), isMonotonic: z.boolean().optional() })
const metric = z.looseObject({
  name: z.string(),
  sum: points.optional(),
  gauge: points.optional(),
  histogram: points.optional(),
})
const resource = z.looseObject({ attributes: z.array(attribute) })
const traces = z.object({
  resourceSpans: z.array(z.object({ resource, scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
})
const metrics = z.object({
  resourceMetrics: z.array(z.object({ resource, scopeMetrics: z.array(z.object({ metrics: z.array(metric) })) })),
})

export type Attributes = Readonly<Record<string, string | number | undefined>>
export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly attributes: Attributes
  readonly hasFailed: boolean
}
export type ReceivedMetric = z.infer<typeof metric>

/** The Collector of OpenTelemetry, which takes OTLP and passes on what it has understood. */
export interface Collector {
  readonly url: string
  /** All that it has passed on, as text. */
  text(): string
  spans(): ReceivedSpan[]
  /** Of the last export, by name. */
  metrics(): Map<string, ReceivedMetric>
  resources(): Attributes[]
  clear(): void
  stop(): Promise<void>
}

export const attributesOf = (list: readonly z.infer<typeof attribute>[]): Attributes =>
  Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

export async function startCollector(): Promise<Collector> {
  const received: { readonly path: string; readonly body: string }[] = []
  const sink = createServer(async (request, response) => {
    received.push({ path: request.url ?? '', body: await text(request) })
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  const program = await run(port, (sink.address() as AddressInfo).port)
  const bodies = (path: string) => received.filter((each) => each.path === path).map(({ body }) => body)
  const traced = () => bodies('/v1/traces').flatMap((body) => traces.parse(JSON.parse(body)).resourceSpans)
  const measured = (body = '{"resourceMetrics":[]}') => metrics.parse(JSON.parse(body)).resourceMetrics
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => received.map(({ body }) => body).join('\n'),
    spans: () =>
      traced()
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .map(({ attributes, status, ...rest }) => ({
          ...rest,
          attributes: attributesOf(attributes),
          hasFailed: status.code === 2,
        })),
    metrics: () => {
      const last = measured(bodies('/v1/metrics').at(-1)).flatMap(({ scopeMetrics }) => scopeMetrics)
      return new Map(last.flatMap((scope) => scope.metrics).map((each) => [each.name, each]))
    },
    resources: () =>
      [...traced(), ...bodies('/v1/metrics').flatMap(measured)].map((each) => attributesOf(each.resource.attributes)),
    clear: () => void received.splice(0),
    async stop() {
      await program.stop()
      sink.closeAllConnections()
      await new Promise((resolve) => sink.close(resolve))
    },
  }
}

async function run(port: number, sinkPort: number) {
  const user = await unprivilegedUser()
  const folder = temporaryFolder('otelcol', user)
  const file = join(folder, 'config.yaml')
  const pipeline = { receivers: ['otlp'], exporters: ['otlp_http'] }
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { otlp_http: { endpoint: `http://127.0.0.1:${sinkPort}`, encoding: 'json', compression: 'none' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: pipeline, metrics: pipeline, logs: pipeline },
    },
  }
  writeFileSync(file, JSON.stringify(config))
  const command = [moduleProgram('otelcol'), '--config', file]
  const server = startServer(command, { cwd: folder, log: join(folder, 'log'), stopSignal: 'SIGTERM' })
  await untilReady(server, () => listens(port))
  return server
}

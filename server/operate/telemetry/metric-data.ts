import type { HrTime } from '@opentelemetry/api'
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import type { MetricsReport } from '../cluster/messages.js'
import type { OpenTelemetry } from './packages.js'

type Metric = MetricsReport[number]
type Sample = Metric['values'][number] & { readonly metricName?: string }

/** From the start of the process, whose counters begin at 0, to now; in milliseconds since 1970. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/** Turns the metrics of all processes, as Prometheus gets them, into OpenTelemetry's form; names and labels stay. */
export function metricData(otel: OpenTelemetry, report: MetricsReport, period: Period): MetricData[] {
  const { AggregationTemporality, DataPointType, ValueType } = otel
  const [startTime, endTime] = [hrTime(period.fromMs), hrTime(period.toMs)]
  const pointOf = <T>(attributes: Sample['labels'], value: T): DataPoint<T> => ({
    startTime,
    endTime,
    attributes: { ...attributes },
    value,
  })
  return report.flatMap((metric): MetricData[] => {
    const { name, help } = metric
    const descriptor = { name, description: help, unit: '', valueType: ValueType.DOUBLE }
    const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
    const type = String(metric.type)
    if (type === 'histogram') {
      const dataPoints = histograms(metric).map(({ labels, value }) => pointOf(labels, value))
      return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }]
    }
    const dataPoints = metric.values.map(({ labels, value }) => pointOf(labels, value))
    if (type === 'counter') return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }]
    return type === 'gauge' ? [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints }] : []
  })
}

/** Prometheus' buckets count all values up to a bound, and are samples each; OpenTelemetry's count those between two bounds. */
function histograms({ values }: Metric): { readonly labels: Sample['labels']; readonly value: Histogram }[] {
  const byLabels = new Map<string, { labels: Sample['labels']; samples: Sample[] }>()
  for (const sample of values) {
    const { le: _bound, ...labels } = sample.labels
    const key = JSON.stringify(labels)
    const group = byLabels.get(key) ?? { labels, samples: [] }
    group.samples.push(sample)
    byLabels.set(key, group)
  }
  return [...byLabels.values()].map(({ labels, samples }) => ({ labels, value: histogramOf(samples) }))
}

function histogramOf(samples: readonly Sample[]): Histogram {
  const buckets = samples
    .filter(({ labels }) => 'le' in labels)
    .map(({ labels, value }) => ({ bound: labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le), value }))
    .sort((a, b) => a.bound - b.bound)
  const sumOf = (end: string) => samples.find(({ metricName }) => metricName?.endsWith(end))?.value ?? 0
  return {
    buckets: {
      boundaries: buckets.map(({ bound }) => bound).filter(Number.isFinite),
      counts: buckets.map(({ value }, at) => value - (buckets[at - 1]?.value ?? 0)),
    },
    sum: sumOf('_sum'),
    count: sumOf('_count'),
  }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)]
}

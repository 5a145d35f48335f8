import { describe, expect, it } from '@jest/globals'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { metricData } from '../../../server/operate/telemetry/metric-data.js'
import { loadOpenTelemetry } from '../../../server/operate/telemetry/packages.js'

describe('metrics in OpenTelemetry’s form', () => {
  it('have their names, labels, values and buckets, from the start of the process to now', async () => {
    const registry = new Registry()
    const registers = [registry]
    new Counter({ name: 'a_total', help: 'Counts', labelNames: ['code'], registers }).inc({ code: 'x' }, 3)
    new Gauge({ name: 'b', help: 'Measures', registers }).set(-2)
    const histogram = new Histogram({ name: 'c', help: 'Spreads', labelNames: ['kind'], buckets: [1, 10], registers })
    for (const value of [0.5, 5, 6, 50]) histogram.observe({ kind: 'y' }, value)
    histogram.observe({ kind: 'z' }, 1)
    const otel = await loadOpenTelemetry()
    const data = metricData(otel, await registry.getMetricsAsJSON(), { fromMs: 1_500, toMs: 2_250.5 })
    const point = { startTime: [1, 500_000_000], endTime: [2, 250_500_000] }
    expect(data).toMatchObject([
      {
        descriptor: { name: 'a_total', description: 'Counts' },
        isMonotonic: true,
        dataPointType: otel.DataPointType.SUM,
      },
      { descriptor: { name: 'b' }, dataPointType: otel.DataPointType.GAUGE },
      { descriptor: { name: 'c' }, dataPointType: otel.DataPointType.HISTOGRAM },
    ])
    expect(data.map(({ dataPoints }) => dataPoints)).toEqual([
      [{ ...point, attributes: { code: 'x' }, value: 3 }],
      [{ ...point, attributes: {}, value: -2 }],
      [
        {
          ...point,
          attributes: { kind: 'y' },
          value: { buckets: { boundaries: [1, 10], counts: [1, 2, 1] }, sum: 61.5, count: 4 },
        },
        {
          ...point,
          attributes: { kind: 'z' },
          value: { buckets: { boundaries: [1, 10], counts: [1, 0, 0] }, sum: 1, count: 1 },
        },
      ],
    ])
  })
})

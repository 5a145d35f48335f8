import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector.example.org:4318'

describe('the settings of telemetry', () => {
  it.each<[name: string, environment: Record<string, string>, endpoint: string | undefined, sampling: number]>([
    ['nothing', {}, undefined, 0.01],
    ['OpenTelemetry’s address', { OTEL_EXPORTER_OTLP_ENDPOINT }, `${OTEL_EXPORTER_OTLP_ENDPOINT}/`, 0.01],
    [
      'Postern’s own, which wins',
      { OTEL_EXPORTER_OTLP_ENDPOINT, POSTERN_TELEMETRY: '{ endpoint: "http://127.0.0.1:4318", sampling: 0.5 }' },
      'http://127.0.0.1:4318/',
      0.5,
    ],
    [
      'a sampler with a ratio',
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      `${OTEL_EXPORTER_OTLP_ENDPOINT}/`,
      0.25,
    ],
    ['a sampler of all', { OTEL_TRACES_SAMPLER: 'always_on' }, undefined, 1],
    ['a sampler of none', { OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, undefined, 0],
    [
      'OpenTelemetry switched off',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_SDK_DISABLED: 'true',
        POSTERN_TELEMETRY: '{ endpoint: "http://127.0.0.1:4318" }',
      },
      undefined,
      0.01,
    ],
  ])('come from %s', (_name, environment, endpoint, sampling) => {
    const { telemetry } = loadSettings(environment)
    expect([telemetry.endpoint?.href, telemetry.sampling]).toEqual([endpoint, sampling])
  })

  it('have OpenTelemetry’s interval, which is in milliseconds', () => {
    expect(loadSettings({ OTEL_METRIC_EXPORT_INTERVAL: '15000' }).telemetry.interval).toBe(15)
    expect(loadSettings({}).telemetry.interval).toBe(60)
  })

  it.each([
    [
      'an address that is none',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      /telemetry\.endpoint: must be an http or https URL/,
    ],
    ['a share above one', { POSTERN_TELEMETRY: '{ sampling: 2 }' }, /POSTERN_TELEMETRY\.sampling/],
    ['a short interval', { OTEL_METRIC_EXPORT_INTERVAL: '1000' }, /telemetry\.interval: must be at least 5 seconds/],
    ['a text', { POSTERN_TELEMETRY: 'on' }, /POSTERN_TELEMETRY/],
  ])('are refused with %s', (_name, environment, problem) => {
    expect(() => loadSettings(environment)).toThrow(problem)
  })
})

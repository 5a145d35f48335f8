import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseToken } from '../../../server/core/token/token.js'
import { startTelemetry } from '../../../server/operate/telemetry/telemetry.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'
import { attributesOf, type Collector, startCollector } from './collector.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const TRACED = { traceparent: `00-${TRACE}-${CALLER}-01` }

const keyOf = (text: string) => {
  const token = parseToken(text)
  return 'key' in token ? token.key : ''
}

describeWith(['otelcol'], 'The collector of OpenTelemetry gets', () => {
  let collector: Collector
  let postern: RunningPostern
  beforeAll(async () => {
    collector = await startCollector()
    postern = await startPostern({ settings: { telemetry: { endpoint: collector.url, sampling: 0, interval: 5 } } })
  })
  afterAll(async () => {
    await postern.stop()
    await collector.stop()
  })
  beforeEach(() => collector.clear())

  const get = (path: string, headers: Record<string, string>) => fetch(`${postern.url}${path}`, { headers })
  const spans = (count: number) =>
    eventually(() => {
      const found = collector.spans()
      expect(found.length).toBeGreaterThanOrEqual(count)
      return found
    })

  it('a span for a check in its caller’s trace, with children for the stores, and no secret, key, user or address', async () => {
    const token = await postern.token('hopper')
    const secrets = { tracestate: 'vendor=telltale', baggage: 'secret=telltale', 'User-Agent': 'telltale' }
    const path = '/ingress/auth?scope=read:tap&service=telltale'
    await get(path, { ...ASKED, ...TRACED, ...secrets, Authorization: `Bearer ${token}` })
    const found = await spans(2)
    const check = found.find(({ name }) => name === 'GET /ingress/auth')
    expect(check).toMatchObject({
      traceId: TRACE,
      parentSpanId: CALLER,
      hasFailed: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/ingress/auth',
        'http.response.status_code': 200,
      },
    })
    const children = found.filter(({ parentSpanId }) => parentSpanId === check?.spanId)
    expect(children.map(({ name }) => name)).toContain('postgresql')
    expect(children.map(({ attributes }) => attributes['db.operation.name'])).toContain('SELECT')
    expect(collector.text()).not.toMatch(/telltale|hopper|127\.0\.0\.1|tap/)
    expect(collector.text()).not.toContain(keyOf(token))
    expect(collector.resources()[0]).toMatchObject({ 'service.name': 'postern', 'service.version': '0.1.0' })
  })

  it('a span for a cached check, too, which asks no store', async () => {
    const token = await postern.token('ada')
    const headers = { ...ASKED, Authorization: `Bearer ${token}` }
    for (let times = 0; times < 3; times++) await get('/ingress/auth?scope=read:tap', headers)
    await get('/ingress/auth?scope=read:tap', { ...headers, ...TRACED })
    const found = await spans(1)
    expect(found.map(({ name }) => name)).toEqual(['GET /ingress/auth'])
  })

  it('spans of pages and of the API by the template of the route', async () => {
    const token = await postern.token('hopper', { scopes: ['user:token'] })
    const key = keyOf(token)
    await get(`/auth/api/v1/users/hopper/tokens/${key}`, { ...TRACED, Authorization: `Bearer ${token}` })
    await get(`/auth/tokens/${key}`, { ...TRACED, Cookie: `postern=${await postern.session('hopper')}` })
    await get(`/telltale/${key}`, TRACED)
    await eventually(() => {
      const names = collector.spans().map(({ name }) => name)
      expect(names).toEqual(
        expect.arrayContaining([
          'GET /auth/api/v1/users/:username/tokens/:key',
          'GET /auth/tokens/:key',
          'GET',
          'redis',
        ]),
      )
    })
    expect(collector.text()).not.toMatch(/telltale|hopper/)
    expect(collector.text()).not.toContain(key)
  })

  it('nothing of requests that are not sampled', async () => {
    await get('/ingress/auth', ASKED)
    await get('/login', { traceparent: TRACED.traceparent.replace(/1$/, '0') })
    await get('/ingress/anonymous', TRACED)
    const found = await spans(1)
    expect(found.map(({ name }) => name)).toEqual(['GET /ingress/anonymous'])
  })

  it('the metrics that Prometheus gets', async () => {
    const token = await postern.token('ada')
    await get('/ingress/auth?scope=exec:admin', { ...ASKED, Authorization: `Bearer ${token}` })
    const text = await (await get('/metrics', {})).text()
    const [, refused] =
      /^postern_checks_total\{outcome="refused",code="insufficient_scope",source="bearer"\} (\d+)/m.exec(text) ?? []
    const families = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name)
    await eventually(() => {
      const metrics = collector.metrics()
      expect(families.filter((name) => !metrics.has(name))).toEqual([])
      const { sum } = metrics.get('postern_checks_total') ?? {}
      expect(sum?.isMonotonic).toBe(true)
      const point = sum?.dataPoints.find(({ attributes }) => attributesOf(attributes).code === 'insufficient_scope')
      expect(point?.asDouble).toBe(Number(refused))
      const [histogram] = metrics.get('postern_check_duration_seconds')?.histogram?.dataPoints ?? []
      const counts = histogram?.bucketCounts ?? []
      expect(counts.reduce((total, each) => total + each, 0)).toBe(histogram?.count)
      expect(histogram?.count).toBeGreaterThan(0)
      expect(metrics.get('postern_processes')?.gauge?.dataPoints).toHaveLength(1)
    })
  })

  it('the spans of requests to a provider, which is given the trace and nothing else of it', async () => {
    const asked: (string | undefined)[][] = []
    const provider = createServer((request, response) => {
      asked.push([request.headers.traceparent, request.headers.tracestate].map((each) => each?.toString()))
      response.end()
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/users/telltale?secret=telltale`
    const telemetry = await startTelemetry(postern.context)
    const site = createServer((request, response) => {
      telemetry?.around(request, response, () => void fetch(url).then(() => response.end()))
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const headers = { ...TRACED, tracestate: 'vendor=telltale' }
    await fetch(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`, { headers })
    for (const server of [provider, site]) server.closeAllConnections()
    for (const server of [provider, site]) server.close()
    await telemetry?.stop()
    const found = await spans(2)
    const call = found.find(({ attributes }) => attributes['server.address'] === '127.0.0.1')
    expect(call).toMatchObject({ name: 'GET', traceId: TRACE, attributes: { 'http.response.status_code': 200 } })
    expect(asked).toEqual([[`00-${TRACE}-${call?.spanId}-01`, undefined]])
    expect(collector.text()).not.toContain('telltale')
  })
})

describe('a collector that does not work', () => {
  it.each<[name: string, answer: 'nothing' | 500]>([
    ['hangs', 'nothing'],
    ['refuses', 500],
  ])('and %s delays no request and no stop, and has one line in the log', async (_name, answer) => {
    let [came, waiting] = [0, 0]
    const collector = createServer((_request, response) => {
      came++
      waiting++
      response.once('close', () => waiting--)
      if (answer !== 'nothing') response.writeHead(answer).end()
    })
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
    const postern = await startPostern({ settings: { telemetry: { endpoint, sampling: 1 } } })
    const statuses = new Set<number>()
    for (let each = 0; each < 100; each++)
      statuses.add((await fetch(`${postern.url}/ingress/auth`, { headers: ASKED })).status)
    expect([...statuses]).toEqual([401])
    await postern.stop()
    expect(came).toBeGreaterThan(0)
    // The stop did not wait for the answers that never come.
    expect(waiting > 0).toBe(answer === 'nothing')
    if (answer !== 'nothing') expect(postern.logged()).toContain('Telemetry not exported')
    collector.closeAllConnections()
    await new Promise((resolve) => collector.close(resolve))
  })

  it('is none where no address is given: nothing is started', async () => {
    const postern = await startPostern()
    expect(await startTelemetry(postern.context)).toBeUndefined()
    await postern.stop()
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { version } from '../../../server/api/version.js'
import { Visitor } from '../../support/clients/visitor.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { emptyFolder, removeFolders, type Started, startServer } from '../cli/executable.js'

/** The values of one metric, by their labels as they are written. */
function valuesOf(text: string, name: string): Record<string, number> {
  const lines = text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))
  return Object.fromEntries([...lines].map(([, labels = '', value]) => [labels, Number(value)]))
}

describe('/metrics', () => {
  let postern: RunningPostern
  let toPostgres: Relay
  const scrape = async () => (await request(postern.server).get('/metrics').expect(200)).text
  const ask = (headers: Record<string, string>, query = '') =>
    request(postern.server)
      .get(`/ingress/auth${query}`)
      .set({ ...ASKED, ...headers })

  beforeAll(async () => {
    toPostgres = await startRelay(await freshDatabase())
    postern = await startPostern({ databaseUrl: toPostgres.url })
  })
  afterAll(async () => {
    await postern.stop()
    await toPostgres.stop()
  })

  it('counts checks by outcome, code and place of the token, and how long they took', async () => {
    const token = await postern.token('ada')
    await ask({ Authorization: `Bearer ${token}` })
    await ask({ Authorization: `Bearer ${token}` }, '?scope=exec:admin')
    await ask({ Cookie: `postern=${await postern.session('ada')}` })
    await ask({ Authorization: 'Bearer whatever' })
    await ask({})
    await ask({ Authorization: `Bearer ${token}` }, '?satisfy=none')
    const text = await scrape()
    expect(valuesOf(text, 'postern_checks_total')).toEqual({
      'outcome="admitted",code="none",source="bearer"': 1,
      'outcome="admitted",code="none",source="cookie"': 1,
      'outcome="refused",code="insufficient_scope",source="bearer"': 1,
      'outcome="refused",code="invalid_token",source="none"': 1,
      'outcome="refused",code="no_authorization",source="none"': 1,
      'outcome="invalid",code="none",source="none"': 1,
    })
    const buckets = Object.values(valuesOf(text, 'postern_check_duration_seconds_bucket'))
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
    expect([buckets.at(-1), valuesOf(text, 'postern_check_duration_seconds_count')['']]).toEqual([6, 6])
  })

  it('counts tries to sign in', async () => {
    await postern.account('grace')
    const visitor = new Visitor(postern)
    await visitor.signIn('grace', 'not the password')
    await visitor.signIn('grace', PASSWORD)
    expect(valuesOf(await scrape(), 'postern_sign_ins_total')).toEqual({
      'provider="local",outcome="sign_in_failed"': 1,
      'provider="local",outcome="signed_in"': 1,
    })
  })

  it('counts what an outage cost: checks that could not be answered, and uses that were not written down', async () => {
    const [token, neverSeen] = [await postern.token('ada'), await postern.token('ada')]
    await ask({ Authorization: `Bearer ${token}` })
    await toPostgres.cut()
    await ask({ Authorization: `Bearer ${neverSeen}` })
    await postern.context.usage.flush(postern.context).catch(() => undefined)
    const text = await scrape()
    await toPostgres.mend()
    expect(valuesOf(text, 'postern_checks_total')['outcome="unavailable",code="none",source="none"']).toBe(1)
    expect(valuesOf(text, 'postern_lost_uses_total')['']).toBeGreaterThanOrEqual(2)
  })

  it('tells what is remembered, and whether anything is', async () => {
    const token = await postern.token('ada')
    const lookups = async () => valuesOf(await scrape(), 'postern_memory_lookups_total')
    const before = await lookups()
    for (let times = 0; times < 3; times++) await ask({ Authorization: `Bearer ${token}` })
    const after = await lookups()
    expect((after['result="miss"'] ?? 0) - (before['result="miss"'] ?? 0)).toBe(1)
    expect((after['result="hit"'] ?? 0) - (before['result="hit"'] ?? 0)).toBeGreaterThanOrEqual(2)
    const text = await scrape()
    expect(valuesOf(text, 'postern_memory_tokens')['']).toBeGreaterThan(0)
    expect(valuesOf(text, 'postern_memory_bytes')['']).toBeGreaterThan(0)
    expect(valuesOf(text, 'postern_memory_changes_total')['']).toBeGreaterThan(0)
    expect(valuesOf(text, 'postern_memory_bypassed')['']).toBe(0)
  })

  it('names nobody and no token, whatever is asked', async () => {
    const token = await postern.token('hopper')
    await ask({ Authorization: `Bearer ${token}`, 'User-Agent': 'telltale' }, '?service=telltale&scope=read:tap')
    await ask({ Authorization: `Basic ${Buffer.from('telltale:telltale').toString('base64')}` })
    await request(postern.server).get('/telltale')
    const text = await scrape()
    expect(text).not.toMatch(/telltale|hopper|ada|127\.0\.0\.1/)
    expect(text).not.toContain(token.slice(3, 25))
  })

  it.each(['POST', 'DELETE'])('answers no %s', async (method) => {
    const response = await (method === 'POST'
      ? request(postern.server).post('/metrics')
      : request(postern.server).delete('/metrics'))
    expect(response.status).toBe(405)
  })
})

describe('/metrics of several workers', () => {
  const running: Started[] = []
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL')
      await ended()
    }
    removeFolders()
  })

  it('tells what all have counted, also those that have ended, and only at the inner door', async () => {
    const [port, inner] = [await freePort(), await freePort()]
    const server = startServer({
      DATABASE_URL: await freshDatabase(),
      REDIS_URL: await freshRedis(),
      POSTERN_SECRET: 'a secret of at least thirty-two characters',
      POSTERN_DATA: emptyFolder(),
      POSTERN_PORT: String(port),
      POSTERN_INTERNAL_LISTEN: `127.0.0.1:${inner}`,
      POSTERN_WORKERS: '2',
      POSTERN_STOP_GRACE: '0',
    })
    running.push(server)
    await server.printed(/The checks are at/)
    const url = `http://127.0.0.1:${inner}`
    expect(await (await fetch(url)).json()).toMatchObject({
      name: 'postern',
      version: version(),
      documentation_url: `http://localhost:${port}/auth/docs`,
    })
    // Each on a connection of its own, so that each worker gets some.
    const checks = async (count: number) => {
      for (let asked = 0; asked < count; asked++) {
        await fetch(`${url}/ingress/auth`, { headers: { ...ASKED, Connection: 'close' } })
      }
    }
    const counted = async () => {
      const text = await (await fetch(`${url}/metrics`)).text()
      const count = valuesOf(text, 'postern_check_duration_seconds_count')['']
      return [valuesOf(text, 'postern_checks_total')['outcome="refused",code="no_authorization",source="none"'], count]
    }
    await checks(10)
    expect(await counted()).toEqual([10, 10])
    server.child.kill('SIGUSR2')
    await server.printed(/Workers restarted/)
    expect(await counted()).toEqual([10, 10])
    await checks(4)
    expect(await counted()).toEqual([14, 14])
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404)
  })
})

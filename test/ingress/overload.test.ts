import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { bearer, Caller, checkOf, type Question, type Reply } from '../support/clients/caller.js'
import { exchange, statuses } from '../support/clients/wire.js'
import { eventually } from '../support/eventually.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

const LIMITS = { slowChecks: 2, requests: 2 }
/** Far fewer than there may be connections. */
const MANY = 500
const QUERY = 'scope=read:tap'

let postern: RunningPostern
let callers: Caller[]
/** Lets the reads of tokens go on, which wait for it. */
let open: () => void
/** How many tokens were asked for, and what is called for each. */
let reads: number
let onRead: () => void

async function start(checkParser: 'own' | 'node' = 'own'): Promise<void> {
  postern = await startPostern({ settings: { limits: LIMITS, checkParser }, logLevel: 'warning' })
}

beforeEach(() => {
  callers = []
  reads = 0
  onRead = () => undefined
})
afterEach(async () => {
  open?.()
  for (const caller of callers) caller.close()
  await postern.stop()
})

/** Has every read of a token wait. */
function holdReads(): void {
  const { tokenCache } = postern.context
  const resolve = tokenCache.resolve.bind(tokenCache)
  const opened = new Promise<void>((done) => {
    open = done
  })
  jest.spyOn(tokenCache, 'resolve').mockImplementation(async (...asked) => {
    reads++
    onRead()
    await opened
    return resolve(...asked)
  })
}

async function ask(question: Question): Promise<Reply> {
  const caller = new Caller(postern.port, 60_000)
  callers.push(caller)
  const reply = await caller.ask(question)
  if (reply instanceof Error) throw reply
  return reply
}

const check = (token: string) => ask(checkOf(QUERY, bearer(token)))

/** Asks again and again, each time beside those before; returns the replies that are to come when one was shed. */
async function fill(question: Question): Promise<Promise<Reply>[]> {
  const waiting: Promise<Reply>[] = []
  await eventually(async () => {
    const taken = new Promise<'taken'>((resolve) => {
      onRead = () => resolve('taken')
    })
    const reply = ask(question)
    if ((await Promise.race([reply, taken])) !== 'taken') return true
    waiting.push(reply)
    return false
  })
  // It was no connection too many.
  expect(waiting.length).toBeLessThan(MANY)
  return waiting
}

/** How many were shed of a kind; not those on one connection too many. */
function shedSoFar(what: string): number {
  return [...postern.context.counters.shed].find(([each]) => each === what)?.[2] ?? 0
}

function expectShed(reply: Reply): void {
  expect([reply.status, reply.header('Retry-After')]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)])
}

describe.each(['own', 'node'] as const)('with checkParser %s, more checks than may wait for the stores', (parser) => {
  it('are 503 with Retry-After, and nothing is done for them', async () => {
    await start(parser)
    const [waits, shed] = [await postern.token('ada'), await postern.token('bert')]
    holdReads()
    const waiting = await fill(checkOf(QUERY, bearer(waits)))
    expect(waiting.length).toBeGreaterThanOrEqual(LIMITS.slowChecks)
    const before = { reads, entries: postern.context.tokenCache.stats().entries }
    expectShed(await check(shed))
    expect(shedSoFar('check')).toBeGreaterThanOrEqual(2)
    expect({ reads, entries: postern.context.tokenCache.stats().entries }).toEqual(before)
    open()
    for (const reply of await Promise.all(waiting)) expect(reply.status).toBe(200)
    await postern.context.usage.flush(postern.context)
    const { rows } = await postern.context.postgres.pool.query(
      'SELECT username FROM token WHERE last_used IS NOT NULL ORDER BY username',
    )
    expect(rows).toEqual([{ username: 'ada' }])
  })

  it('are answered in their turn on a connection, whichever proxy asks; what needs no store is not among them', async () => {
    await start(parser)
    const [known, waits, shed] = [await postern.token('ada'), await postern.token('bert'), await postern.token('grace')]
    expect((await check(known)).status).toBe(200)
    holdReads()
    const waiting = await fill(checkOf(QUERY, bearer(waits)))
    const head = (path: string, token: string) =>
      [`GET ${path} HTTP/1.1`, 'Host: data.example.org', ...asked, `Authorization: Bearer ${token}`, '', ''].join(
        '\r\n',
      )
    const asked = ['X-Original-URL: https://data.example.org/tap/sync', 'X-Original-Method: GET']
    const requests = [
      head(`/ingress/auth?${QUERY}`, known),
      ...[`auth?${QUERY}`, `forward?${QUERY}`, `envoy/${QUERY}/tap/sync`, `gateway/${QUERY}`].map((path) =>
        head(`/ingress/${path}`, shed),
      ),
      head('/ingress/anonymous', shed),
      head(`/ingress/auth?${QUERY}`, known),
      head('/ingress/nothing', shed),
    ]
    const before = { reads, shed: shedSoFar('check') }
    const answers = await exchange(postern.port, requests.join(''), { answers: requests.length })
    expect(statuses(answers)).toEqual([200, 503, 503, 503, 503, 200, 200, 404])
    expect({ reads, shed: shedSoFar('check') }).toEqual({ reads: before.reads, shed: before.shed + 4 })
    open()
    await Promise.all(waiting)
  })

  it('leave cached tokens, health and later checks as they are', async () => {
    await start(parser)
    const [known, waits] = [await postern.token('ada'), await postern.token('bert')]
    expect((await check(known)).status).toBe(200)
    holdReads()
    const waiting = await fill(checkOf(QUERY, bearer(waits)))
    expect((await check(known)).header('X-Auth-Request-User')).toBe('ada')
    expect((await ask({ path: '/health/live' })).status).toBe(200)
    expect((await ask({ path: '/health' })).status).toBe(200)
    open()
    await Promise.all(waiting)
    expect((await check(waits)).header('X-Auth-Request-User')).toBe('bert')
  })
})

describe('more requests for pages and API calls than may be under way', () => {
  it('are 503 with Retry-After, and change nothing', async () => {
    await start()
    const session = await postern.session('ada')
    const creator = await postern.token('ada', { scopes: ['user:token', 'read:tap'] })
    holdReads()
    const waiting = await fill({ path: '/auth/tokens', headers: { Cookie: `postern=${session}` } })
    const body = { token_name: 'shed', scopes: ['read:tap'] }
    const creation = { method: 'POST', path: '/auth/api/v1/users/ada/tokens', headers: bearer(creator), body }
    expectShed(await ask(creation))
    open()
    for (const reply of await Promise.all(waiting)) expect(reply.status).toBe(200)
    const { rows } = await postern.context.postgres.pool.query(
      `SELECT count(*)::int AS count FROM token WHERE name = 'shed'`,
    )
    expect(rows).toEqual([{ count: 0 }])
    expect((await ask(creation)).status).toBe(201)
  })

  it('are counted when their bodies are there: slow ones take no place', async () => {
    await start()
    const session = await postern.session('ada')
    const slow = Array.from({ length: 5 }, () => {
      const caller = new Caller(postern.port, 60_000)
      callers.push(caller)
      // The rest of the body never comes.
      const headers = { 'Content-Length': '100', 'Content-Type': 'application/x-www-form-urlencoded' }
      void caller.ask({ method: 'POST', path: '/login', headers })
      return caller
    })
    expect(slow).toHaveLength(5)
    const page = { path: '/auth/tokens', headers: { Cookie: `postern=${session}` } }
    const statuses: number[] = []
    const end = performance.now() + 1_500
    while (performance.now() < end) statuses.push((await ask(page)).status)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('leave checks as they are', async () => {
    await start()
    const [known, session] = [await postern.token('ada'), await postern.session('ada')]
    expect((await check(known)).status).toBe(200)
    holdReads()
    const waiting = await fill({ path: '/auth/tokens', headers: { Cookie: `postern=${session}` } })
    expect((await check(known)).status).toBe(200)
    open()
    await Promise.all(waiting)
  })
})

import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { DAY, HOUR, MINUTE } from '../../server/core/time.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { DEFAULT_GROUP_MAPPING } from '../../server/settings/rubin.js'
import { settingsSchema } from '../../server/settings/schema.js'
import { recordUseBelow } from '../../server/storage/redis/tokens.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { liveSessions } from '../../server/tokens/idle-timeout.js'
import { listTokens } from '../../server/tokens/list.js'
import { USAGE_WRITE_LAG, UsageRecorder } from '../../server/tokens/usage-recorder.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { startRelay } from '../support/stores/relay.js'
import { freshRedis } from '../support/stores/stores.js'

const LIMIT = 10 * MINUTE
/** Seconds before an end: the clock goes on, too, and on a busy machine by more than one. */
const MARGIN = 60
let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: { sessionIdleLifetime: '10m', tokenLifetime: '1d' } })
})
afterAll(() => postern.stop())

const read = (text: string) => parseToken(text) as Token
const lives = async (text: string) => (await authenticate(postern.context, read(text))) !== undefined
const flush = () => postern.context.usage.flush(postern.context)

/** A check, which is a use when it admits. */
async function check(token: string, query = 'scope=read:tap') {
  const { status, headers } = await request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
  return { status, delegated: String(headers['x-auth-request-token']) }
}

describe('a session that nobody uses', () => {
  it('ends when it was idle for the limit, and not before', async () => {
    const session = await postern.session('ada')
    postern.advance(LIMIT - MARGIN)
    expect(await lives(session)).toBe(true)
    postern.advance(MARGIN + USAGE_WRITE_LAG)
    expect(await lives(session)).toBe(false)
    expect((await check(session)).status).toBe(401)
  })

  it('shuts its pages and its API, and is in no list', async () => {
    const session = await postern.session('grace')
    const get = (path: string) => request(postern.server).get(path).set('Cookie', `postern=${session}`)
    expect((await get('/auth/tokens')).status).toBe(200)
    await flush()
    postern.advance(LIMIT + USAGE_WRITE_LAG + 1)
    expect((await get('/auth/tokens')).headers.location).toMatch(/^\/login\?/)
    expect((await get('/auth/api/v1/user-info')).status).toBe(401)
    expect(await liveSessions(postern.context, 'grace')).toEqual([])
    expect(await listTokens(postern.context, 'grace')).toEqual([])
  })

  it('takes with it what was delegated from it', async () => {
    const session = await postern.session('hedy')
    const { delegated: notebook } = await check(session, 'notebook=true')
    const { delegated: internal } = await check(notebook, 'delegate_to=tap&delegate_scope=read:tap')
    await flush()
    expect((await check(internal)).status).toBe(200)
    await flush()
    postern.advance(LIMIT + USAGE_WRITE_LAG + 1)
    expect([(await check(internal)).status, (await check(notebook)).status]).toEqual([401, 401])
  })

  it('leaves user tokens alone', async () => {
    const token = await postern.token('ada')
    postern.advance(30 * DAY)
    expect((await check(token)).status).toBe(200)
  })
})

describe('a session that is used', () => {
  it('lives on with each use, to its own end and no further', async () => {
    const session = await postern.session('busy')
    for (let used = 0; used < 6; used++) {
      expect((await check(session)).status).toBe(200)
      await flush()
      postern.advance(9 * MINUTE)
    }
    await recordUseBelow(postern.context.redis, read(session).key, postern.now() + DAY)
    expect(await lives(session)).toBe(true)
    postern.advance(DAY - 54 * MINUTE)
    expect(await lives(session)).toBe(false)
  })

  it('is not ended early because its last use has yet to be written', async () => {
    const session = await postern.session('prompt')
    postern.advance(LIMIT - MARGIN)
    expect((await check(session)).status).toBe(200)
    postern.advance(MARGIN + 1)
    expect((await check(session)).status).toBe(200)
    await flush()
    postern.advance(LIMIT - MARGIN)
    expect((await check(session)).status).toBe(200)
  })

  it('is not used by what is refused', async () => {
    const session = await postern.session('refused')
    postern.advance(LIMIT - MARGIN)
    expect((await check(session, 'scope=exec:admin')).status).toBe(403)
    await flush()
    postern.advance(MARGIN + USAGE_WRITE_LAG)
    expect(await lives(session)).toBe(false)
  })

  it('is used by whatever was delegated from it, at any depth, and people still see where they were themselves', async () => {
    const session = await postern.session('notebook')
    const { delegated: notebook } = await check(session, 'notebook=true')
    const { delegated: internal } = await check(notebook, 'delegate_to=tap&delegate_scope=read:tap')
    await flush()
    const own = (await liveSessions(postern.context, 'notebook'))[0]?.lastUsed
    const began = postern.now()
    for (const token of [notebook, internal, internal]) {
      postern.advance(9 * MINUTE)
      expect((await check(token)).status).toBe(200)
      await flush()
    }
    const [listed] = await liveSessions(postern.context, 'notebook')
    expect(listed?.lastUsed).toEqual(own)
    expect(listed?.ends).toBeGreaterThan(began + 27 * MINUTE + LIMIT - 1)
    expect(await lives(session)).toBe(true)
  })

  it('is not forgotten to have been when that which was delegated ends', async () => {
    const session = await postern.session('outlived')
    const { key } = read(session)
    await recordUseBelow(postern.context.redis, key, postern.now() + HOUR)
    const left = await postern.context.redis.ttl(`postern:token-use-below:{${key}}`)
    expect(left).toBeGreaterThan(DAY - MINUTE)
    postern.advance(HOUR)
    expect(await lives(session)).toBe(true)
  })

  it('is told to end when it would if nobody used it again, or at its own end when that is sooner', async () => {
    const session = await postern.session('told')
    const told = async () => {
      const [{ created, expires, ends } = { created: 0, expires: 0, ends: 0 }] = await liveSessions(
        postern.context,
        'told',
      )
      return { created, expires, ends }
    }
    const { created, expires, ends } = await told()
    expect(ends).toBe(created + LIMIT)
    await recordUseBelow(postern.context.redis, read(session).key, expires - 1)
    expect((await told()).ends).toBe(expires)
  })
})

describe('a use of a session', () => {
  it('waits while Redis is away, and is not lost', async () => {
    const relay = await startRelay(await freshRedis())
    const other = await startPostern({ redisUrl: relay.url, settings: { sessionIdleLifetime: '10m' } })
    const session = read(await other.session('ada'))
    const uses = new UsageRecorder(20)
    const record = await authenticate(other.context, session)
    other.advance(9 * MINUTE)
    if (record) uses.record(record, other.now(), '192.0.2.1', 'Firefox')
    await relay.cut()
    await expect(uses.flush(other.context)).rejects.toThrow()
    const back = once(other.context.redis, 'ready')
    await relay.mend()
    await back
    other.advance(9 * MINUTE)
    await uses.flush(other.context)
    expect(await authenticate(other.context, session)).toBeDefined()
    expect((await liveSessions(other.context, 'ada'))[0]?.lastUsed?.client).toBe('Firefox')
    await other.stop()
    await relay.stop()
  })

  it('of long ago never overwrites a newer one of another process', async () => {
    const session = read(await postern.session('two'))
    const record = await authenticate(postern.context, session)
    if (!record) throw new Error('There is no session')
    const [early, late] = [new UsageRecorder(20), new UsageRecorder(20)]
    const now = postern.now()
    early.record(record, now + 1, undefined, 'early')
    late.record(record, now + 2, undefined, 'late')
    await late.flush(postern.context)
    await early.flush(postern.context)
    expect((await liveSessions(postern.context, 'two'))[0]?.lastUsed).toEqual({ at: now + 2, client: 'late' })
  })
})

it('A site without the setting ends no session by idleness, and asks nothing about it', async () => {
  const patient = await startPostern({ settings: { tokenLifetime: '60d' } })
  const session = read(await patient.session('ada'))
  patient.advance(59 * DAY)
  const record = await authenticate(patient.context, session)
  expect([record?.username, record?.idle]).toEqual(['ada', undefined])
  await patient.stop()
})

it('The session of an administrator ends after 12 hours without a use, and no other does', async () => {
  const settings = { tokenLifetime: '60d', groupMapping: DEFAULT_GROUP_MAPPING }
  const site = await startPostern({ settings })
  await site.account('root', ['users', 'admins'])
  const [root, ada] = [read(await site.session('root')), read(await site.session('ada'))]
  const living = async () =>
    Promise.all([root, ada].map(async (each) => (await authenticate(site.context, each)) !== undefined))
  site.advance(12 * HOUR - MARGIN)
  expect(await living()).toEqual([true, true])
  site.advance(MARGIN + USAGE_WRITE_LAG)
  expect(await living()).toEqual([false, true])
  expect((await liveSessions(site.context, 'root')).length).toBe(0)
  await site.stop()
})

it.each(['299s', '4m', 0])('A limit of %s is too short for people who read', (sessionIdleLifetime) => {
  const { error } = settingsSchema.safeParse({ sessionIdleLifetime })
  expect(error?.issues.map(({ message }) => message)).toEqual(['must be at least 5 minutes, such as 12h'])
})

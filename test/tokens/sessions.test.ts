import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { Scope } from '../../server/core/token/scope.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { getToken } from '../../server/tokens/list.js'
import { openSession } from '../../server/tokens/open-session.js'
import { endSessions, revokeToken } from '../../server/tokens/revoke.js'
import { UsageRecorder } from '../../server/tokens/usage-recorder.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { startRelay } from '../support/stores/relay.js'
import { freshDatabase } from '../support/stores/stores.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: { tokenLifetime: '1h' } })
})
afterAll(() => postern.stop())

const ada = { username: 'ada', scopes: ['read:tap', 'user:token'] as Scope[] }
const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())

describe('a session', () => {
  it('is in Redis alone, with an end that Redis keeps, and in the history', async () => {
    const token = await openSession(postern.context, ada, { address: '192.0.2.7', client: 'Firefox' })
    expect(await authenticate(postern.context, token)).toMatchObject({ username: 'ada', type: 'session' })
    const ttl = await postern.context.redis.ttl(`postern:token:{${token.key}}`)
    expect(ttl).toBeGreaterThan(3500)
    expect(ttl).toBeLessThanOrEqual(3600)
    expect(await postern.context.postgres.prisma.token.count()).toBe(0)
    expect(await listTokenHistory(postern.context.postgres.prisma, 'ada', token.key)).toEqual([
      expect.objectContaining({ action: 'create', tokenType: 'session', address: '192.0.2.7' }),
    ])
  })

  it('knows when its user last proved who they are', async () => {
    const before = postern.now()
    const [now, earlier] = [
      await openSession(postern.context, ada, {}),
      await openSession(postern.context, ada, { authenticated: 7 }),
    ]
    const at = async (token: Token) => (await authenticate(postern.context, token))?.authenticated
    expect(await at(now)).toBeGreaterThanOrEqual(before)
    expect(await at(earlier)).toBe(7)
  })

  it('ends by its own clock even if Redis keeps it', async () => {
    const token = await openSession(postern.context, ada, {})
    await postern.context.redis.persist(`postern:token:{${token.key}}`)
    postern.advance(3600)
    expect(await authenticate(postern.context, token)).toBeUndefined()
    expect((await sessionsOf('ada')).map(({ key }) => key)).not.toContain(token.key)
    postern.advance(-3600)
  })

  it('that was ended is gone at once, and only its owner can end it', async () => {
    const token = await openSession(postern.context, ada, {})
    expect(await revokeToken(postern.context, 'mallory', token.key, { username: 'mallory' })).toMatchObject({
      code: 'not_found',
    })
    expect(await authenticate(postern.context, token)).toBeDefined()
    await revokeToken(postern.context, 'ada', token.key, { username: 'ada' })
    expect(await authenticate(postern.context, token)).toBeUndefined()
    const actions = (await listTokenHistory(postern.context.postgres.prisma, 'ada', token.key)).map(
      ({ action }) => action,
    )
    expect(actions).toEqual(['revoke', 'create'])
  })

  it('that is ended three times at once is ended once in its history', async () => {
    const token = await openSession(postern.context, ada, {})
    const end = () => revokeToken(postern.context, 'ada', token.key, { username: 'ada' })
    await Promise.all([end(), end(), end()])
    const actions = (await listTokenHistory(postern.context.postgres.prisma, 'ada', token.key)).map(
      ({ action }) => action,
    )
    expect(actions).toEqual(['revoke', 'create'])
  })

  it('that Redis has garbled is no session, and no error either', async () => {
    const token = await openSession(postern.context, ada, {})
    await postern.context.redis.set(`postern:token:{${token.key}}`, '{garbled')
    expect(await authenticate(postern.context, token)).toBeUndefined()
  })

  it('may outlive all the others of its owner, and nobody else’s is touched', async () => {
    const grace = { ...ada, username: 'grace' }
    const [mine, other, hers] = [
      await openSession(postern.context, ada, {}),
      await openSession(postern.context, ada, {}),
      await openSession(postern.context, grace, {}),
    ]
    await endSessions(postern.context, 'ada', { username: 'ada' }, mine.key)
    expect((await sessionsOf('ada')).map(({ key }) => key)).toEqual([mine.key])
    expect(await authenticate(postern.context, other)).toBeUndefined()
    expect(await authenticate(postern.context, hers)).toBeDefined()
  })

  it('leaves nothing in Redis that has no end of its own, nor does what is delegated from it', async () => {
    const { redis } = postern.context
    const before = new Set(await redis.keys('*'))
    const session = await postern.session('endless')
    for (const query of ['notebook=true', 'delegate_to=tap']) {
      const answer = await request(postern.server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, Authorization: `Bearer ${session}` })
      expect(answer.status).toBe(200)
    }
    const keys = (await redis.keys('*')).filter((key) => !before.has(key))
    expect(keys.filter((key) => key.endsWith(':endless'))).toHaveLength(2)
    const left = await Promise.all(keys.map(async (key) => [key, await redis.ttl(key)] as const))
    expect(left.filter(([, seconds]) => seconds < 0)).toEqual([])
  })

  it('is found as long as any of its owner’s lives: the index ends with the last', async () => {
    const { redis } = postern.context
    const keep = async (expires: number) => {
      await openSession(postern.context, { ...ada, username: 'indexed' }, {})
      return expires - (await redis.expiretime('postern:sessions:indexed'))
    }
    const end = postern.now() + 3600
    expect(await keep(end)).toBeGreaterThanOrEqual(-5)
    postern.advance(-1800)
    // One that ends sooner does not bring the end of the index forward.
    expect(await keep(end)).toBeLessThanOrEqual(0)
    postern.advance(1800)
    expect(await sessionsOf('indexed')).toHaveLength(2)
  })

  it('is not opened without its history: with PostgreSQL away there is none in Redis either', async () => {
    const relay = await startRelay(await freshDatabase())
    const lame = await startPostern({ databaseUrl: relay.url })
    await relay.cut()
    await expect(openSession(lame.context, ada, {})).rejects.toThrow()
    expect(await lame.context.redis.keys('postern:token:*')).toEqual([])
    await lame.stop()
  })
})

describe('a last use', () => {
  it('costs the check nothing, and reaches both stores with the next flush', async () => {
    const uses = new UsageRecorder(20)
    const user = parseToken(await postern.token('linus')) as Token
    const session = await openSession(postern.context, { ...ada, username: 'linus' }, {})
    for (const token of [user, session]) {
      const record = await authenticate(postern.context, token)
      if (record) uses.record(record, postern.now(), '192.0.2.9', 'TOPCAT/4.8')
    }
    expect((await getToken(postern.context, 'linus', user.key))?.lastUsed).toBeUndefined()
    await uses.flush(postern.context)
    const use = { at: expect.any(Number), address: '192.0.2.9', client: 'TOPCAT/4.8' }
    expect((await getToken(postern.context, 'linus', user.key))?.lastUsed).toEqual(use)
    expect((await sessionsOf('linus'))[0]?.lastUsed).toEqual(use)
  })

  it('that arrives after the end of a session does not bring it back', async () => {
    const uses = new UsageRecorder(20)
    const token = await openSession(postern.context, { ...ada, username: 'late' }, {})
    const record = await authenticate(postern.context, token)
    if (record) uses.record(record, postern.now(), undefined, undefined)
    await revokeToken(postern.context, 'late', token.key, { username: 'late' })
    await uses.flush(postern.context)
    expect(await authenticate(postern.context, token)).toBeUndefined()
    expect(await sessionsOf('late')).toEqual([])
  })

  it('of long ago never overwrites a newer one of another process', async () => {
    const token = parseToken(await postern.token('two')) as Token
    const record = await authenticate(postern.context, token)
    const [early, late] = [new UsageRecorder(20), new UsageRecorder(20)]
    if (record) {
      early.record(record, 1000, undefined, 'early')
      late.record(record, 2000, undefined, 'late')
    }
    await late.flush(postern.context)
    await early.flush(postern.context)
    expect((await getToken(postern.context, 'two', token.key))?.lastUsed?.client).toBe('late')
  })
})

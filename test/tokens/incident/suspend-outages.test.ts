import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { restoreRefusals } from '../../../server/storage/suspensions.js'
import { liftSuspension } from '../../../server/tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../../server/tokens/incident/suspend.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { redis as ask } from '../../support/stores/queries.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

const OPERATOR = { username: OPERATOR_ACTOR }

let redisUrl: string
let toPostgres: Relay
let postern: RunningPostern
let session: string
let other: string

beforeEach(async () => {
  redisUrl = await freshRedis()
  toPostgres = await startRelay(await freshDatabase())
  postern = await startPostern({ databaseUrl: toPostgres.url, redisUrl })
  session = await postern.session('ada')
  other = await postern.session('ada')
})
afterEach(async () => {
  await toPostgres.mend()
  await postern.stop()
  await toPostgres.stop()
})

const keyOf = (token: string) => token.slice(3, 25) as TokenKey
const statusOf = async (cookie: string) =>
  (
    await request(postern.server)
      .get('/ingress/auth')
      .set({ ...ASKED, Cookie: `postern=${cookie}` })
  ).status
const target = () => ({ username: 'ada', key: keyOf(session) })
const suspend = () => suspendTokens(postern.context, [target()], { actor: OPERATOR })
const markOf = (token: string) => `postern:token-suspended:{${keyOf(token)}}`

describe('a suspended session', () => {
  it('is refused while PostgreSQL is away, as a revoked one, and another one is not', async () => {
    await suspend()
    await toPostgres.cut()
    expect([await statusOf(session), await statusOf(other)]).toEqual([401, 200])
  })

  it('is admitted while PostgreSQL is away once that was lifted', async () => {
    await suspend()
    await liftSuspension(postern.context, target(), OPERATOR)
    await toPostgres.cut()
    expect([await statusOf(session), await statusOf(other)]).toEqual([200, 200])
  })

  it('is refused when Redis has lost its mark, and is marked again before it can do without PostgreSQL', async () => {
    await suspend()
    await ask(redisUrl, 'DEL', markOf(session))
    postern.context.tokenCache.invalidateAll()
    expect(await statusOf(session)).toBe(401)
    await restoreRefusals(postern.context.postgres, postern.context.redis, postern.now())
    expect(await ask(redisUrl, 'EXISTS', markOf(session))).toBe(1)
    await toPostgres.cut()
    postern.context.tokenCache.invalidateAll()
    expect([await statusOf(session), await statusOf(other)]).toEqual([401, 200])
  })

  it('is refused when Redis goes away before its mark is written, and the suspension was not reported as done', async () => {
    const { context } = postern
    const set = context.redis.set
    context.redis.set = (() => Promise.reject(new Error('Connection is closed.'))) as typeof set
    await expect(suspend()).rejects.toThrow('Connection is closed')
    context.redis.set = set
    expect(await statusOf(session)).toBe(401)
  })

  it('is admitted again when Redis keeps a mark of before, as long as PostgreSQL answers', async () => {
    const { context } = postern
    await suspend()
    const del = context.redis.del
    context.redis.del = (() => Promise.reject(new Error('Connection is closed.'))) as typeof del
    await expect(liftSuspension(context, target(), OPERATOR)).rejects.toThrow('Connection is closed')
    context.redis.del = del
    expect(await ask(redisUrl, 'EXISTS', markOf(session))).toBe(1)
    expect(await statusOf(session)).toBe(200)
  })

  it('stays refused when Redis has lost everything else, and is gone with it', async () => {
    await suspend()
    await ask(redisUrl, 'FLUSHDB')
    await eventually(async () => postern.context.tokenCache.isEnabled)
    expect([await statusOf(session), await statusOf(other)]).toEqual([401, 401])
  })
})

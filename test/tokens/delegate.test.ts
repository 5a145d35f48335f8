import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { TokenRecord } from '../../server/core/token/record.js'
import { formatToken, parseToken, type Token } from '../../server/core/token/token.js'
import type { Context } from '../../server/storage/context.js'
import type { Postgres, Transaction } from '../../server/storage/postgres/client.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { delegate } from '../../server/tokens/delegate.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { sql } from '../support/stores/queries.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

let databaseUrl: string
let postern: RunningPostern
let replica: RunningPostern
let parent: TokenRecord

beforeAll(async () => {
  databaseUrl = await freshDatabase()
  const stores = { databaseUrl, redisUrl: await freshRedis() }
  const secret = 'one secret for the replicas that store a token'
  postern = await startPostern({ ...stores, secret })
  replica = await startPostern({ ...stores, secret })
  const shown = parseToken(await postern.token('ada')) as Token
  parent = (await authenticate(postern.context, shown)) as TokenRecord
})
afterAll(async () => {
  await replica.stop()
  await postern.stop()
})

/** Has a token made for a service; each test has a service of its own, and so a token of its own. */
const delegated = async (service: string, { context }: { context: Context } = postern): Promise<Token> =>
  (await delegate(context, parent, { type: 'internal', service, scopes: [] })) as Token
const statusAt = async ({ server }: RunningPostern, token: Token) => {
  const headers = { ...ASKED, Authorization: `Bearer ${formatToken(token)}` }
  return (await request(server).get('/ingress/auth').set(headers)).status
}
const actionsOf = async ({ key }: Token) =>
  (await listTokenHistory(postern.context.postgres.prisma, 'ada', key)).map(({ action }) => action)
const tokens = async () => (await postern.context.redis.keys('postern:token:*')).sort()

/** A process whose transactions go wrong in a way of their own. */
function processWith(transaction: Postgres['transaction']): { context: Context } {
  return { context: { ...postern.context, postgres: { ...postern.context.postgres, transaction } } }
}

/** A process that loses the database once its work is done, and before that is committed. */
const withoutCommit = (meanwhile: () => Promise<unknown> = async () => undefined) =>
  processWith(
    <T>(work: (db: Transaction) => Promise<T>): Promise<T> =>
      postern.context.postgres.transaction(async (db) => {
        await work(db)
        await meanwhile()
        throw new Error('the commit failed')
      }),
  )

const WAITS = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
const isWaitingForLock = async () => (await sql(databaseUrl, WAITS)).length > 0

describe('a delegated token whose making fails half-way', () => {
  it('is not left behind without its history', async () => {
    const before = await tokens()
    await expect(delegated('alone', withoutCommit())).rejects.toThrow('the commit failed')
    expect(await tokens()).toEqual(before)
    expect(await actionsOf(await delegated('alone'))).toEqual(['create'])
  })

  it('stays valid when another process has handed it out meanwhile, and began once', async () => {
    let asked: Promise<Token> | undefined
    const meanwhile = () => {
      asked = delegated('contested', replica)
      return Promise.race([asked, eventually(isWaitingForLock)])
    }
    await expect(delegated('contested', withoutCommit(meanwhile))).rejects.toThrow('the commit failed')
    const token = (await asked) as Token
    expect([await statusAt(postern, token), await statusAt(replica, token)]).toEqual([200, 200])
    expect(await actionsOf(token)).toEqual(['create'])
  })

  it('stays valid when its commit only seemed to fail, and began once', async () => {
    const given: Token[] = []
    const unsure = processWith(async (work) => {
      await postern.context.postgres.transaction(work)
      throw new Error('the answer to the commit was lost')
    })
    await expect(delegated('unsure', unsure)).rejects.toThrow('the answer to the commit was lost')
    given.push(await delegated('unsure', replica))
    expect(await delegated('unsure')).toEqual(given[0])
    for (const token of given) {
      expect([await statusAt(postern, token), await statusAt(replica, token)]).toEqual([200, 200])
      expect(await actionsOf(token)).toEqual(['create'])
    }
  })

  it('has its history when Redis stored it and its answer was lost', async () => {
    const { redis } = postern.context
    const { eval: evaluate } = redis
    redis.eval = async (...args: unknown[]) => {
      const answer = await Reflect.apply(evaluate, redis, args)
      if (String(args[2]).startsWith('postern:token:')) throw new Error('Connection is closed.')
      return answer
    }
    await expect(delegated('lost')).rejects.toThrow('Connection is closed.')
    redis.eval = evaluate
    const token = await delegated('lost', replica)
    expect(await statusAt(postern, token)).toBe(200)
    expect(await actionsOf(token)).toEqual(['create'])
  })

  it('began once, also when Redis has lost it and it is stored again', async () => {
    const token = await delegated('again')
    await postern.context.redis.flushdb()
    await eventually(async () => (await statusAt(postern, token)) === 401)
    expect(await delegated('again', replica)).toEqual(token)
    expect(await statusAt(replica, token)).toBe(200)
    expect(await actionsOf(token)).toEqual(['create'])
  })
})

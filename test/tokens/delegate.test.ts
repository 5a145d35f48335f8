import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import request from 'supertest'
import type { TokenRecord } from '../../server/core/token/record.js'
import { formatToken, parseToken, type Token } from '../../server/core/token/token.js'
import { channelOf } from '../../server/storage/cache/invalidation-publisher.js'
import type { Context } from '../../server/storage/context.js'
import { DelegationWriter } from '../../server/storage/delegation-writer.js'
import type { Postgres } from '../../server/storage/postgres/client.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { isUnavailable } from '../../server/storage/unavailable.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { delegate } from '../../server/tokens/delegate.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { sql } from '../support/stores/queries.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

let databaseUrl: string
let redisUrl: string
let postern: RunningPostern
let replica: RunningPostern
let parent: TokenRecord

beforeAll(async () => {
  databaseUrl = await freshDatabase()
  redisUrl = await freshRedis()
  const stores = { databaseUrl, redisUrl }
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
const eventsOf = async ({ key }: Token) =>
  (await sql(databaseUrl, `SELECT action FROM audit_event WHERE event LIKE '%"${key}"%'`)).map(({ action }) => action)
const tokens = async () => (await postern.context.redis.keys('postern:token:*')).sort()

type Write = Postgres['write']

/** A process whose writes of histories go wrong in a way of their own. */
function processWith(write: Write, redis = postern.context.redis): { context: Context } {
  const parts = { ...postern.context, redis, postgres: { ...postern.context.postgres, write } }
  return { context: { ...parts, delegating: new DelegationWriter(parts) } }
}

/** A process whose statements are committed, or not, when something else has happened. */
const inTransaction = (end: 'COMMIT' | 'ROLLBACK', meanwhile: () => Promise<unknown>) =>
  processWith(async <Row extends object>({ text }: { readonly text: string }, values: readonly unknown[]) => {
    const client = await postern.context.postgres.pool.connect()
    try {
      await client.query('BEGIN')
      const { rows } = await client.query<Row>(text, [...values])
      await meanwhile()
      await client.query(end)
      if (end === 'COMMIT') return rows
    } finally {
      client.release()
    }
    throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' })
  })

/** A process that loses the database once its work is done, and before that is committed. */
const withoutCommit = (meanwhile: () => Promise<unknown> = async () => undefined) =>
  inTransaction('ROLLBACK', meanwhile)

/** A process that stops between the history and Redis. */
const stopped = () =>
  processWith(
    postern.context.postgres.write,
    new Proxy(postern.context.redis, {
      get(redis, name) {
        if (name === 'eval') return () => Promise.reject(new Error('Connection is closed.'))
        const value: unknown = Reflect.get(redis, name, redis)
        return typeof value === 'function' ? value.bind(redis) : value
      },
    }),
  )

const WAITS = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
const isWaitingForLock = async () => (await sql(databaseUrl, WAITS)).length > 0

describe('a delegated token whose making fails half-way', () => {
  it('is not left behind without its history', async () => {
    const before = await tokens()
    await expect(delegated('alone', withoutCommit())).rejects.toThrow('Connection terminated')
    expect(await tokens()).toEqual(before)
    expect(await actionsOf(await delegated('alone'))).toEqual(['create'])
  })

  it('stays valid when another process has handed it out meanwhile, and began once', async () => {
    let asked: Promise<Token> | undefined
    const meanwhile = () => {
      asked = delegated('contested', replica)
      return Promise.race([asked, eventually(isWaitingForLock)])
    }
    await expect(delegated('contested', withoutCommit(meanwhile))).rejects.toThrow('Connection terminated')
    const token = (await asked) as Token
    expect([await statusAt(postern, token), await statusAt(replica, token)]).toEqual([200, 200])
    expect(await actionsOf(token)).toEqual(['create'])
  })

  it('began once, when another process begins it at the same time and waits for the commit', async () => {
    let asked: Promise<Token> | undefined
    const slow = inTransaction('COMMIT', () => {
      asked = delegated('twice', replica)
      return Promise.race([asked, eventually(isWaitingForLock)])
    })
    const token = await delegated('twice', slow)
    expect(await asked).toEqual(token)
    expect([await actionsOf(token), await eventsOf(token)]).toEqual([['create'], ['token.create']])
  })

  it('stays valid when its commit only seemed to fail, and began once', async () => {
    const given: Token[] = []
    const unsure = processWith(async (statement, values) => {
      await postern.context.postgres.write(statement, values)
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

describe('a crash between the history of a delegated token and its record in Redis', () => {
  it('leaves a creation that gives nothing out, and is not written again when the token is asked for', async () => {
    const before = await tokens()
    await expect(delegated('crashed', stopped())).rejects.toThrow('Connection is closed.')
    expect(await tokens()).toEqual(before)
    const token = await delegated('crashed', replica)
    expect([await statusAt(postern, token), await statusAt(replica, token)]).toEqual([200, 200])
    expect(await actionsOf(token)).toEqual(['create'])
    expect(await eventsOf(token)).toEqual(['token.create'])
  })

  it('leaves no process that remembers that there was none, once it is stored', async () => {
    const listener = new Redis(redisUrl)
    const told: string[] = []
    listener.on('message', (_channel, message) => told.push(message))
    await listener.subscribe(channelOf(postern.context.redis))
    const { key } = await delegated('told')
    await eventually(() => told.includes(`1 invalidate ${key}`))
    listener.disconnect()
  })

  it('leaves a token that is refused, also to a client that guessed it, and is admitted once it is asked for', async () => {
    // The same token, of a site whose other stores have it.
    const token = await delegated('refused')
    await postern.context.redis.del(`postern:token:{${token.key}}`)
    postern.context.tokenCache.invalidate([token.key])
    expect(await statusAt(postern, token)).toBe(401)
    await expect(delegated('refused', stopped())).rejects.toThrow('Connection is closed.')
    expect(await statusAt(postern, token)).toBe(401)
    expect(await delegated('refused', replica)).toEqual(token)
    await eventually(async () => (await statusAt(postern, token)) === 200)
  })

  it('leaves a creation that ends with the parent, and the token is not given out after that', async () => {
    const text = await postern.token('grace')
    const shown = (await authenticate(postern.context, parseToken(text) as Token)) as TokenRecord
    const wanted = { type: 'internal', service: 'left', scopes: [] } as const
    await expect(delegate(stopped().context, shown, wanted)).rejects.toThrow('Connection is closed.')
    const [left] = await sql(databaseUrl, "SELECT token FROM token_change WHERE service = 'left'")
    await postern.revoke(text)
    const history = await sql(databaseUrl, `SELECT action FROM token_change WHERE token = '${left?.token}' ORDER BY id`)
    expect(history).toEqual([{ action: 'create' }, { action: 'revoke' }])
    // A check that was under way when its parent was revoked.
    const late = (await delegate(postern.context, shown, wanted)) as Token
    expect(late.key).not.toBe(left?.token)
    expect(await statusAt(postern, late)).toBe(401)
  })
})

describe('delegated tokens that are asked for at the same time', () => {
  const many = (prefix: string) => Array.from({ length: 20 }, (_, at) => `${prefix}-${at}`)

  it('share one statement, and each has its history, its event and its record', async () => {
    const written: number[] = []
    const counting = processWith((statement, values) => {
      written.push((JSON.parse(String(values[0])) as unknown[]).length)
      return postern.context.postgres.write(statement, values)
    })
    const given = await Promise.all(many('together').map((service) => delegated(service, counting)))
    expect(written.reduce((sum, count) => sum + count)).toBe(20)
    expect(written.length).toBeLessThan(10)
    for (const token of given) {
      expect(await statusAt(replica, token)).toBe(200)
      expect([await actionsOf(token), await eventsOf(token)]).toEqual([['create'], ['token.create']])
    }
  })

  it('are all refused, and none is left behind, when their commit fails', async () => {
    const before = await tokens()
    const broken = withoutCommit()
    const outcomes = await Promise.allSettled(many('lost-together').map((service) => delegated(service, broken)))
    for (const outcome of outcomes) expect(isUnavailable((outcome as PromiseRejectedResult).reason)).toBe(true)
    expect(await tokens()).toEqual(before)
    expect(await sql(databaseUrl, "SELECT 1 FROM token_change WHERE service LIKE 'lost-together%'")).toEqual([])
    expect(await sql(databaseUrl, "SELECT 1 FROM audit_event WHERE event LIKE '%lost-together%'")).toEqual([])
  })

  it('are given out although PostgreSQL does not take the values of one of them', async () => {
    const bad = 'not\u0000a text of PostgreSQL'
    const outcomes = await Promise.allSettled(
      [...many('good'), bad, ...many('other')].map((service) => delegated(service)),
    )
    expect(outcomes.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
    expect(outcomes[20]?.status).toBe('rejected')
  })

  it('are given out although Redis cannot write the record of one of them', async () => {
    await postern.context.redis.set('postern:delegated:vera', 'of a wrong type')
    const text = await postern.token('vera')
    const other = (await authenticate(postern.context, parseToken(text) as Token)) as TokenRecord
    const wanted = { type: 'internal', service: 'of-vera', scopes: [] } as const
    const [bad, ...good] = await Promise.allSettled([
      delegate(postern.context, other, wanted),
      ...many('beside').map((service) => delegated(service)),
    ])
    expect(good.map(({ status }) => status)).toEqual(good.map(() => 'fulfilled'))
    expect(String((bad as PromiseRejectedResult).reason)).toContain('WRONGTYPE')
    await postern.context.redis.del('postern:delegated:vera')
    expect(await statusAt(replica, (await delegate(postern.context, other, wanted)) as Token)).toBe(200)
  })
})

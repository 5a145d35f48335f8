import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { redisBinary } from '../../server/embedded/redis-binary.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { freePort } from '../support/run/ports.js'
import { type Server, startServer, untilReady } from '../support/run/processes.js'
import { temporaryFolder, unprivilegedUser } from '../support/run/unprivileged.js'
import { redis as ask, sql } from '../support/stores/queries.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { freshDatabase } from '../support/stores/stores.js'

/** A Redis that keeps only what it is told to, and comes back with it. */
class ForgetfulRedis {
  readonly url: string
  readonly #folder: string
  readonly #start: () => Server
  #server: Server

  private constructor(url: string, folder: string, start: () => Server) {
    this.url = url
    this.#folder = folder
    this.#start = start
    this.#server = start()
  }

  static async start(): Promise<ForgetfulRedis> {
    const user = await unprivilegedUser()
    const folder = temporaryFolder('forgetful-redis', user)
    const port = await freePort()
    const options = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    const log = path.join(folder, 'log')
    const redis = new ForgetfulRedis(`redis://127.0.0.1:${port}/0`, folder, () =>
      startServer([redisBinary(), ...words], { user, log, stopSignal: 'SIGTERM' }),
    )
    await redis.#isReady()
    return redis
  }

  async copy(): Promise<void> {
    await ask(this.url, 'SAVE')
    copyFileSync(this.#dump, `${this.#dump}.copy`)
  }

  /** Stops; {@link back} brings it back with the copy. */
  async lose(): Promise<void> {
    await this.#server.stop()
    copyFileSync(`${this.#dump}.copy`, this.#dump)
  }

  async back(): Promise<void> {
    this.#server = this.#start()
    await this.#isReady()
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #dump(): string {
    return path.join(this.#folder, 'dump.rdb')
  }

  #isReady(): Promise<void> {
    return untilReady(this.#server, () =>
      ask(this.url, 'PING').then(
        () => true,
        () => false,
      ),
    )
  }
}

let redis: ForgetfulRedis
let databaseUrl: string
let toPostgres: Relay
let postern: RunningPostern
let session: string

beforeEach(async () => {
  redis = await ForgetfulRedis.start()
  databaseUrl = await freshDatabase()
  toPostgres = await startRelay(databaseUrl)
  postern = await startPostern({ databaseUrl: toPostgres.url, redisUrl: redis.url })
  session = await postern.session('ada')
})
afterEach(async () => {
  await toPostgres.mend()
  await postern.stop()
  await toPostgres.stop()
  await redis.stop()
})

const check = (headers: Record<string, string>, query = '') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, ...headers })
const statusOf = async (cookie: string) => (await check({ Cookie: `postern=${cookie}` })).status
const keyOf = (token: string) => token.slice(3, 25)
const delegated = async (parent: string) =>
  (await check({ Authorization: `Bearer ${parent}` }, 'delegate_to=tap')).get('X-Auth-Request-Token') ?? ''

describe('a session that was ended', () => {
  it('stays so when Redis comes back without its last writes', async () => {
    const other = await postern.session('ada')
    await redis.copy()
    expect(await statusOf(session)).toBe(200)
    await postern.revoke(session)
    expect(await statusOf(session)).toBe(401)
    await redis.lose()
    await redis.back()
    expect(await ask(redis.url, 'EXISTS', `postern:token:{${keyOf(session)}}`)).toBe(1)
    // From the first check that is answered on, not only once everything is in order again.
    const answers = new Set<number>()
    await eventually(async () => {
      answers.add(await statusOf(session))
      return postern.context.tokenCache.isEnabled
    })
    answers.add(await statusOf(session))
    expect([...answers].filter((each) => each !== 503)).toEqual([401])
    expect(await statusOf(other)).toBe(200)
    expect(await ask(redis.url, 'EXISTS', `postern:token:{${keyOf(session)}}`)).toBe(0)
  })

  it('stays so even when PostgreSQL is away just then: until it has been asked, sessions are neither let in nor refused', async () => {
    const other = await postern.session('ada')
    await redis.copy()
    await postern.revoke(session)
    await toPostgres.cut()
    expect(await statusOf(other)).toBe(200)
    await redis.lose()
    await redis.back()
    for (let times = 0; times < 20; times++) {
      expect([await statusOf(session), await statusOf(other)]).toEqual([503, 503])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await toPostgres.mend()
    await eventually(async () => (await statusOf(other)) === 200)
    expect([await statusOf(session), await statusOf(other)]).toEqual([401, 200])
  })

  it('stays so when Redis goes away in the middle of ending it: it is not told to be over, and yet it is', async () => {
    const { context } = postern
    const unlist = context.redis.zrem
    context.redis.zrem = () => Promise.reject(new Error('Connection is closed.'))
    await expect(postern.revoke(session)).rejects.toThrow('Connection is closed')
    context.redis.zrem = unlist
    expect(await ask(redis.url, 'EXISTS', `postern:token:{${keyOf(session)}}`)).toBe(1)
    expect(await statusOf(session)).toBe(401)
    await postern.revoke(session)
    expect(await ask(redis.url, 'EXISTS', `postern:token:{${keyOf(session)}}`)).toBe(0)
    const history = await sql(
      databaseUrl,
      `SELECT action FROM token_change WHERE token = '${keyOf(session)}' ORDER BY id`,
    )
    expect(history.map(({ action }) => action)).toEqual(['create', 'revoke'])
  })

  it('is no business of anybody’s any more once it would have run out', async () => {
    await postern.revoke(session)
    const count = async () => (await sql(databaseUrl, 'SELECT * FROM token_revocation')).length
    expect(await count()).toBe(1)
    postern.advance(31 * 86_400)
    await sweepExpired(postern.context)
    expect(await count()).toBe(0)
  })
})

describe('a delegated token that was ended by itself', () => {
  it('is neither admitted nor handed out again by a Redis that has forgotten its end', async () => {
    const first = await delegated(session)
    await redis.copy()
    await postern.revoke(first)
    await redis.lose()
    await redis.back()
    await eventually(async () => postern.context.tokenCache.isEnabled)
    expect((await check({ Authorization: `Bearer ${first}` })).status).toBe(401)
    const second = await delegated(session)
    expect(second).toMatch(/^gt-/)
    expect(second).not.toBe(first)
    expect((await check({ Authorization: `Bearer ${second}` })).status).toBe(200)
  })

  it('is worked out again, and works, when Redis has lost everything', async () => {
    const token = await postern.token('ada')
    const first = await delegated(token)
    await ask(redis.url, 'FLUSHALL')
    await eventually(
      async () =>
        (await delegated(token)) === first && (await check({ Authorization: `Bearer ${first}` })).status === 200,
    )
    expect((await check({ Authorization: `Bearer ${first}` })).status).toBe(200)
    expect(await statusOf(session)).toBe(401)
  })
})

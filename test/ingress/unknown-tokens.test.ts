import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { formatToken, mintToken, type TokenKey } from '../../server/core/token/token.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

let postern: RunningPostern
/** What the stores are asked on the check's path. */
let questions: string[]

beforeEach(async () => {
  postern = await startPostern()
  questions = countQuestions(postern)
})
afterEach(() => postern.stop())

function countQuestions({ context: { postgres, redis } }: RunningPostern) {
  const asked: string[] = []
  const note = (store: string) => asked.push(store)
  const { query } = postgres.pool
  postgres.pool.query = ((...args: unknown[]) => {
    note('PostgreSQL')
    return (query as (...all: unknown[]) => unknown).apply(postgres.pool, args)
  }) as typeof query
  for (const name of ['get', 'mget'] as const) {
    const command = redis[name] as (...all: unknown[]) => unknown
    Object.assign(redis, {
      [name]: (...args: unknown[]) => {
        if (String(args[0]).includes(':token:')) note('Redis')
        return command.apply(redis, args)
      },
    })
  }
  return asked
}

async function statusOf(token: string): Promise<number> {
  const headers = { ...ASKED, Authorization: `Bearer ${token}` }
  const response = await fetch(`${postern.url}/ingress/auth`, { headers })
  await response.body?.cancel()
  return response.status
}

/** Seconds since it was made, the one under way counted as a whole. */
function stopwatch(): () => number {
  const started = performance.now()
  return () => Math.ceil((performance.now() - started) / 1000)
}

const invented = () => {
  const part = () => randomBytes(16).toString('base64url')
  const key = part()
  return `gt-${Math.random() < 0.5 ? key : key.slice(0, -1) + 'BRhx'[key.charCodeAt(0) % 4]}.${part()}`
}

describe('a flood of invented tokens', () => {
  it('costs both stores together no more than a question a second, and no known token waits for it', async () => {
    const mine = await postern.token('ada')
    const seconds = stopwatch()
    const statuses = new Set<number>()
    let over = false
    const flood = Array.from({ length: 40 }, async () => {
      while (!over) statuses.add(await statusOf(invented()))
    })
    // A busy machine asks later, but never more often.
    while (seconds() < 4 || questions.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(questions.length).toBeLessThanOrEqual(seconds() + 1)
    // While the invented ones wait to be asked for, a token that was never seen before is looked up at once.
    const before = questions.length
    expect(await statusOf(mine)).toBe(200)
    expect(questions.length).toBeGreaterThan(before)
    over = true
    await Promise.all(flood)
    expect([...statuses]).toEqual([401])
  })

  it('is not all kept waiting: beyond a number it is told to come again', async () => {
    const unknown = () => `${randomBytes(16).toString('base64url').slice(0, -1)}A` as TokenKey
    const { unsealedKeys } = postern.context
    expect(await unsealedKeys.exists(unknown())).toBe(false)
    // Those that follow wait for the next second, in which there is one more query.
    const before = questions.length
    const waiting = Array.from({ length: 200 }, () => unsealedKeys.exists(unknown()))
    expect(await statusOf(`gt-${unknown()}.${'s'.repeat(22)}`)).toBe(503)
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([false]))
    expect(questions.length).toBe(before + 1)
  })
})

describe('a token that bears no seal of this site', () => {
  it('passes all the same: it was brought from elsewhere, or made under a secret that is no longer known', async () => {
    const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
    const former = await startPostern({ ...stores, secret: 'the secret of before, which has leaked' })
    const tokens = [await former.token('ada'), await former.token('ada')]
    await former.stop()
    const present = await startPostern({ ...stores, secret: 'the secret that was made after that one' })
    for (const token of tokens) {
      const headers = { ...ASKED, Authorization: `Bearer ${token}` }
      expect((await fetch(`${present.url}/ingress/auth`, { headers })).status).toBe(200)
    }
    await present.stop()
  })

  let over = true
  let flood: Promise<unknown> = Promise.resolve()
  // Also when a test fails.
  afterEach(async () => {
    over = true
    await flood
  })

  /** Sends invented tokens by so many connections, until the test ends. */
  async function startFlood(connections: number): Promise<void> {
    over = false
    const connection = async () => {
      while (!over) await statusOf(invented()).catch(() => undefined)
    }
    flood = Promise.all(Array.from({ length: connections }, connection))
    await new Promise((resolve) => setTimeout(resolve, 300))
  }

  /** Moves a token to a key that bears no seal, as an import would. */
  async function withoutSeal(token: string, key: string): Promise<string> {
    await postern.context.postgres.pool.query('UPDATE token SET key = $1 WHERE key = $2', [key, token.slice(3, 25)])
    return `gt-${key}.${token.slice(26)}`
  }

  const forget = (tokens: readonly string[]) =>
    postern.context.tokenCache.invalidate(tokens.map((token) => token.slice(3, 25) as TokenKey))

  it.each([10, 260])(
    'S11: is checked beside %i connections of invented ones, and does not queue',
    async (connections) => {
      const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
      const former = await startPostern({ ...stores, secret: 'the secret of before, which has leaked' })
      const tokens: string[] = []
      for (let index = 0; index < 10; index++) tokens.push(await former.token('ada'))
      await former.stop()
      await postern.stop()
      postern = await startPostern({ ...stores, secret: 'the secret that was made after that one' })
      await startFlood(connections)
      // The second time they have to be read again.
      const sealed = await postern.token('ada')
      for (const _round of ['first', 'second']) {
        const took = { old: 0, sealed: 0 }
        for (const token of tokens) {
          const ofOld = stopwatch()
          expect(await statusOf(token)).toBe(200)
          took.old += ofOld()
          forget([sealed])
          const ofSealed = stopwatch()
          expect(await statusOf(sealed)).toBe(200)
          took.sealed += ofSealed()
        }
        // In the queue each would wait for more than a second; one that bears a seal never queues.
        expect(took.old).toBeLessThan(5 * took.sealed + 1)
        forget(tokens)
      }
    },
  )

  it('S11: is known once it was looked up, when it was imported after the start', async () => {
    const token = await withoutSeal(await postern.token('ada'), 'ImportedAfterTheStartA')
    const sealed = await postern.token('ada')
    expect(await statusOf(token)).toBe(200)
    await startFlood(260)
    // One that bears a seal never queues: under the same flood the other takes as long, give or take.
    const took = { token: 0, sealed: 0 }
    for (let times = 0; times < 10; times++) {
      for (const [which, text] of [
        ['token', token],
        ['sealed', sealed],
      ] as const) {
        forget([text])
        const seconds = stopwatch()
        expect(await statusOf(text)).toBe(200)
        took[which] += seconds()
      }
    }
    expect(took.token).toBeLessThan(5 * took.sealed + 1)
  })

  it('is refused at once when it is revoked after it was known', async () => {
    const token = await withoutSeal(await postern.token('ada'), 'RevokedAfterTheStartAA')
    await postern.context.unsealedKeys.refresh()
    expect(await statusOf(token)).toBe(200)
    await postern.revoke(token)
    expect(await statusOf(token)).toBe(401)
  })

  it('is refused once and for a moment, however often it is sent', async () => {
    const dead = formatToken(mintToken('postgres', randomBytes, postern.context.keys.tokenKeys[0]))
    const seconds = stopwatch()
    for (let times = 0; times < 50; times++) expect(await statusOf(dead)).toBe(401)
    expect(questions.length).toBeLessThanOrEqual(seconds() + 1)
  })
})

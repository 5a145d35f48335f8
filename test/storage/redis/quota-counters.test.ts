import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Redis } from 'ioredis'
import { parseToken, type Token } from '../../../server/core/token/token.js'
import { rateLimiter } from '../../../server/ingress/rate-limiter.js'
import { countRequests } from '../../../server/storage/redis/quota-counters.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { freshRedis } from '../../support/stores/stores.js'

let redis: Redis
let postern: RunningPostern

beforeAll(async () => {
  redis = new Redis(await freshRedis())
  postern = await startPostern({ settings: { quota: { default: { api: { tap: 50, hips: 3 } } } } })
})
afterAll(async () => {
  redis.disconnect()
  await postern.stop()
})

const ada = { username: 'ada', service: 'tap', limit: 5 }
const grace = { username: 'grace', service: 'tap', limit: 5 }

describe('requests that are counted together', () => {
  it('are counted each, in their order, also several of one user', async () => {
    const counted = await countRequests(redis, [ada, grace, ada, ada])
    expect(counted.map(({ count }) => count)).toEqual([1, 1, 2, 3])
    const later = await countRequests(redis, [grace, { ...ada, limit: 6 }, ada])
    expect(later.map(({ count }) => count)).toEqual([2, 1, 4])
    for (const { millisecondsLeft } of [...counted, ...later]) {
      expect(millisecondsLeft).toBeGreaterThan(0)
      expect(millisecondsLeft).toBeLessThanOrEqual(60_000)
    }
  })

  it('of one turn of the event loop are one command, and each has its own answer', async () => {
    const limiter = rateLimiter(postern.context)
    const parsed = parseToken(await postern.token('hedy')) as Token
    const token = await authenticate(postern.context, parsed)
    if (!token) throw new Error('The token is not valid')
    await limiter(token, 'hips')
    const sent = jest.spyOn(postern.context.redis, 'eval')
    const answers = await Promise.all(
      [...Array.from({ length: 6 }, () => 'hips'), 'tap', 'tap'].map((service) => limiter(token, service)),
    )
    expect(sent).toHaveBeenCalledTimes(1)
    const judged = answers.map(
      (answer) => answer && 'used' in answer && [answer.resource, answer.used, answer.exceeded],
    )
    expect(judged).toEqual([
      ['hips', 2, false],
      ['hips', 3, false],
      ...Array.from({ length: 4 }, () => ['hips', 3, true]),
      ['tap', 1, false],
      ['tap', 2, false],
    ])
    sent.mockRestore()
  })
})

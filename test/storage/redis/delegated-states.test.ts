import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import { DelegatedStates, markEnded } from '../../../server/storage/redis/delegated-tokens.js'
import { tokenAt } from '../../../server/storage/redis/tokens.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const [LIVE, ENDED, UNKNOWN] = ['live', 'ended', 'unknown'] as TokenKey[] as [TokenKey, TokenKey, TokenKey]

describe('derived tokens that are looked up', () => {
  beforeAll(async () => {
    const { redis } = postern.context
    await redis.set(tokenAt(LIVE), '{}')
    await redis.set(tokenAt(ENDED), '{}')
    await markEnded(redis, ENDED, postern.now() + 600, 3)
  })

  it('in one turn of the event loop are one command, and each has its own state', async () => {
    const { redis, delegating } = postern.context
    const sent = jest.spyOn(redis, 'mget')
    const found = await Promise.all([LIVE, UNKNOWN, ENDED, LIVE].map((key) => delegating.lookUp(key)))
    expect(sent).toHaveBeenCalledTimes(1)
    sent.mockRestore()
    expect(found).toEqual([{ is: 'live' }, { is: 'unknown' }, { is: 'ended', generation: 3 }, { is: 'live' }])
  })

  it('on a cluster are asked for one by one, and one whose node does not answer fails alone', async () => {
    const { redis } = postern.context
    const mget = async (keys: string[]) => {
      if (keys.includes(tokenAt(LIVE))) throw new Error('CLUSTERDOWN')
      return redis.mget(keys)
    }
    const states = new DelegatedStates(Object.assign(Object.create(redis), { isCluster: true, mget }))
    const [lost, found] = await Promise.allSettled([LIVE, ENDED].map((key) => states.find(key)))
    expect(lost).toMatchObject({ status: 'rejected', reason: { message: 'CLUSTERDOWN' } })
    expect(found).toMatchObject({ status: 'fulfilled', value: { is: 'ended', generation: 3 } })
  })

  it('all fail while Redis does, and are found when it answers', async () => {
    const { redis, delegating } = postern.context
    const mget = jest.spyOn(redis, 'mget').mockRejectedValue(new Error('Connection is closed.'))
    const outcomes = await Promise.allSettled([LIVE, UNKNOWN].map((key) => delegating.lookUp(key)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    mget.mockRestore()
    expect(await delegating.lookUp(LIVE)).toEqual({ is: 'live' })
  })
})

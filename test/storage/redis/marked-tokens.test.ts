import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import { markSuspended } from '../../../server/storage/redis/suspension-marks.js'
import { MarkedTokens } from '../../../server/storage/redis/tokens.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const keyOf = (token: string) => token.slice(3, 25) as TokenKey
const sessionOf = async (username: string) => keyOf(await postern.session(username))

describe('tokens in Redis that checks read', () => {
  it('in one turn of the event loop are one command, and each has its own token and mark', async () => {
    const { context } = postern
    const [ada, grace] = [await sessionOf('ada'), await sessionOf('grace')]
    await markSuspended(context.redis, grace, postern.now() + 600)
    const sent = jest.spyOn(context.redis, 'mget')
    const found = await Promise.all(
      [ada, 'unknown' as TokenKey, grace, ada].map((key) => context.markedTokens.find(key)),
    )
    expect(sent).toHaveBeenCalledTimes(1)
    sent.mockRestore()
    expect(found.map((each) => each && [each.record.username, each.record.key === ada, each.isMarked])).toEqual([
      ['ada', true, undefined],
      undefined,
      ['grace', false, true],
      ['ada', true, undefined],
    ])
  })

  it('on a cluster are asked for one by one, and one whose node does not answer fails alone', async () => {
    const { context } = postern
    const [ada, grace] = [await sessionOf('ada'), await sessionOf('grace')]
    const mget = async (keys: string[]) => {
      if (keys.some((key) => key.includes(ada))) throw new Error('CLUSTERDOWN')
      return context.redis.mget(keys)
    }
    const redis = Object.assign(Object.create(context.redis), { isCluster: true, mget })
    const tokens = new MarkedTokens({ redis, keys: context.keys })
    const [lost, found] = await Promise.allSettled([ada, grace].map((key) => tokens.find(key)))
    expect(lost).toMatchObject({ status: 'rejected', reason: { message: 'CLUSTERDOWN' } })
    expect(found).toMatchObject({ status: 'fulfilled', value: { record: { username: 'grace' } } })
  })

  it('are all 503 while Redis fails, and admitted when it answers', async () => {
    const token = await postern.session('hedy')
    const mget = jest.spyOn(postern.context.redis, 'mget').mockRejectedValue(new Error('Connection is closed.'))
    const check = async () => {
      const answer = await fetch(`${postern.url}/ingress/auth`, { headers: { ...ASKED, Cookie: `postern=${token}` } })
      await answer.body?.cancel()
      return answer.status
    }
    expect(await Promise.all([check(), check()])).toEqual([503, 503])
    mget.mockRestore()
    expect(await check()).toBe(200)
  })
})

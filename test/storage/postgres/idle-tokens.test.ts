import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import { parseToken, type Token, type TokenKey } from '../../../server/core/token/token.js'
import { recordUses, recordUsesBelow } from '../../../server/storage/postgres/tokens.js'
import { takeIdleTokens } from '../../../server/storage/postgres/uses/idle-tokens.js'
import { commit } from '../../../server/storage/unit-of-work.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const IDLE = 10 * DAY
/** Seconds before an end: the clock goes on, too, and on a busy machine by more than one. */
const MARGIN = 60

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: { tokenPolicy: { user: { idle: IDLE }, service: { idle: IDLE } } } })
})
afterAll(() => postern.stop())
beforeEach(async () => {
  await postern.context.postgres.pool.query('DELETE FROM token')
})

const create = async () => (parseToken(await postern.token('ada')) as Token).key
const use = (key: TokenKey) => recordUses(postern.context.postgres, new Map([[key, { at: postern.now() }]]))

/** Sweeps what was not used in the ten days before now: which tokens it ended, and at how many it looked. */
async function sweep(type: 'user' | 'service' = 'user', limit = 100) {
  const since = postern.now() - IDLE
  const taken = await commit(postern.context, (writing) => takeIdleTokens(writing, type, since, limit))
  return { ended: taken.ended.map(({ key }) => key), looked: taken.looked }
}

describe('the sweep of idle tokens', () => {
  it('looks at a token that is used once in the idle limit, however often it runs, and ends it when it is idle', async () => {
    const key = await create()
    const looked: number[] = []
    for (let day = 0; day < 30; day++) {
      postern.advance(DAY)
      await use(key)
      const swept = await sweep()
      expect(swept.ended).toEqual([])
      looked.push(swept.looked)
    }
    // Once as a new one, and then each ten days.
    expect(looked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4)
    postern.advance(IDLE - MARGIN)
    expect((await sweep()).ended).toEqual([])
    postern.advance(MARGIN)
    expect(await sweep()).toEqual({ ended: [key], looked: 1 })
    expect(await sweep()).toEqual({ ended: [], looked: 0 })
  })

  it('ends no token that was used since it looked, or that a delegated one was used of', async () => {
    const [used, below, neither] = [await create(), await create(), await create()]
    postern.advance(IDLE - DAY)
    await sweep()
    await use(used)
    await recordUsesBelow(postern.context.postgres, [[below, postern.now()]])
    postern.advance(DAY)
    expect(await sweep()).toEqual({ ended: [neither], looked: 3 })
    expect(await sweep()).toEqual({ ended: [], looked: 0 })
  })

  it('finds the idle tokens of before the first sweep, in lots', async () => {
    const old = [await create(), await create(), await create()].sort()
    postern.advance(IDLE)
    const fresh = [await create(), await create()]
    const ended: TokenKey[] = []
    let looked = 0
    for (let lot = await sweep('user', 2); lot.looked > 0; lot = await sweep('user', 2)) {
      expect(lot.looked).toBeLessThanOrEqual(2)
      ended.push(...lot.ended)
      looked += lot.looked
    }
    expect([ended.sort(), looked]).toEqual([old, old.length + fresh.length])
  })

  it('ends no token of another type', async () => {
    await create()
    postern.advance(IDLE)
    expect(await sweep('service')).toEqual({ ended: [], looked: 0 })
  })

  it('has an index that no use writes', async () => {
    const key = await create()
    await sweep()
    const seen = async () => {
      const { rows } = await postern.context.postgres.pool.query<{ seen: Date }>(
        'SELECT use_seen AS seen FROM token WHERE key = $1',
        [key],
      )
      return rows[0]?.seen
    }
    const before = await seen()
    postern.advance(DAY)
    await use(key)
    await recordUsesBelow(postern.context.postgres, [[key, postern.now()]])
    expect(await seen()).toEqual(before)
    const { rows } = await postern.context.postgres.pool.query<{ columns: string }>(
      `SELECT pg_get_indexdef(indexrelid) AS columns FROM pg_index WHERE indrelid = 'token'::regclass`,
    )
    expect(rows.filter(({ columns }) => /last_used|used_below/.test(columns))).toEqual([])
  })
})

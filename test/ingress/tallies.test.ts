import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { MAX_SERVICES } from '../../server/core/tallies/check-tallies.js'
import { TallyFlusher } from '../../server/ingress/tally-flusher.js'
import { addTallies } from '../../server/storage/postgres/tallies/tallies.js'
import { pruneHistory } from '../../server/tokens/prune-history.js'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { withFailingPool } from '../support/stores/failing-pool.js'

byEachParser((checkParser) => {
  let postern: RunningPostern
  let token: string

  beforeAll(async () => {
    postern = await startPostern({ settings: { checkParser } })
    token = await postern.token('ada')
  })
  afterAll(() => postern.stop())
  beforeEach(async () => {
    postern.context.counters.tallies.take()
    await postern.context.postgres.pool.query('TRUNCATE tally, tally_flush')
  })

  const ask = (query: string, credential = token) =>
    kept(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, Authorization: `Bearer ${credential}` })

  async function rows(): Promise<unknown[][]> {
    const { pool } = postern.context.postgres
    const text = 'SELECT service, outcome, code, sum(count)::int FROM tally GROUP BY 1, 2, 3 ORDER BY 1, 2, 3'
    return (await pool.query({ text, rowMode: 'array' })).rows
  }

  describe('the table of tallies', () => {
    it('has each check by service, outcome and code, those from the cache of responses, too', async () => {
      for (let index = 0; index < 3; index++) await ask('scope=read:tap&service=tap').expect(200)
      await ask('scope=exec:admin&service=tap').expect(403)
      await ask('scope=read:tap').expect(200)
      await ask('scope=read:tap&service=tap', 'gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA').expect(401)
      await ask('scope=read:tap&service=tap&satisfy=some').expect(422)
      await new TallyFlusher(postern.context).flush(postern.context)
      expect(await rows()).toEqual([
        ['', 'admitted', 'none', 1],
        ['tap', 'admitted', 'none', 3],
        ['tap', 'invalid', 'none', 1],
        ['tap', 'refused', 'insufficient_scope', 1],
        ['tap', 'refused', 'invalid_token', 1],
      ])
    })

    it('has the sum over all processes', async () => {
      for (const replica of [new TallyFlusher(postern.context), new TallyFlusher(postern.context)]) {
        await ask('scope=read:tap&service=tap').expect(200)
        await replica.flush(postern.context)
      }
      expect(await rows()).toEqual([['tap', 'admitted', 'none', 2]])
    })

    it.each(['silent', 'answer lost'] as const)('has each check once after a flush that failed: %s', async (how) => {
      const flusher = new TallyFlusher(postern.context)
      await ask('scope=read:tap&service=tap').expect(200)
      await expect(withFailingPool(postern.context, how, () => flusher.flush(postern.context))).rejects.toThrow(
        'connection lost',
      )
      await ask('scope=read:tap&service=tap').expect(200)
      await flusher.flush(postern.context)
      await flusher.flush(postern.context)
      expect(await rows()).toEqual([['tap', 'admitted', 'none', 2]])
    })

    it('tells a bounded number of services of an hour apart, over all processes', async () => {
      const { postgres } = postern.context
      const tallies = (start: number) =>
        Array.from({ length: MAX_SERVICES }, (_, index) => {
          const service = `s-${start + index}`
          return { service, outcome: 'admitted' as const, code: 'none' as const, count: 1 }
        })
      await addTallies(postgres, 'a', { number: 1, hour: 0, tallies: tallies(0) }, 0)
      await addTallies(postgres, 'b', { number: 1, hour: 0, tallies: tallies(MAX_SERVICES / 2) }, 0)
      expect(await rows()).toHaveLength(MAX_SERVICES + 1)
      expect(await rows()).toContainEqual(['*', 'admitted', 'none', MAX_SERVICES / 2])
    })

    it('keeps an hour for 400 days', async () => {
      const { postgres } = postern.context
      const count = { service: 'tap', outcome: 'admitted', code: 'none', count: 1 } as const
      const day = (ago: number) => ({ number: ago, hour: postern.now() - ago * 86_400, tallies: [count] })
      for (const ago of [399, 401]) await addTallies(postgres, `p-${ago}`, day(ago), day(ago).hour)
      await pruneHistory(postern.context)
      expect(await rows()).toEqual([['tap', 'admitted', 'none', 1]])
      expect((await postgres.pool.query('SELECT process FROM tally_flush')).rows).toEqual([{ process: 'p-399' }])
    })
  })
})

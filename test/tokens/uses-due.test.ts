import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { MINUTE } from '../../server/core/time.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { liveSessions } from '../../server/tokens/idle-timeout.js'
import { UsageRecorder } from '../../server/tokens/usage-recorder.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let idling: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
  idling = await startPostern({ settings: { tokenPolicy: { user: { idle: 600 } }, sessionIdleLifetime: 600 } })
})
afterAll(() => Promise.all([postern.stop(), idling.stop()]))

/** A token, used by a process of its own, whose uses are written as a server writes them. */
async function used(site: RunningPostern, text: string) {
  const record = await authenticate(site.context, parseToken(text) as Token)
  if (!record) throw new Error('The token is not valid')
  const usage = new UsageRecorder(10)
  return {
    use(client = 'topcat') {
      const at = site.now()
      usage.record(record, at, '192.0.2.7', client)
      return at
    },
    write: () => usage.flushDue(site.context),
    stop: () => usage.flush(site.context),
    async stored() {
      const { prisma } = site.context.postgres
      const row = await prisma.token.findUnique({ where: { key: record.key } })
      const log = await prisma.tokenUse.findMany({ where: { token: record.key } })
      const at = row?.lastUsed ? Math.floor(row.lastUsed.getTime() / 1000) : undefined
      return { at, count: log.reduce((sum, { count }) => sum + Number(count), 0) }
    },
  }
}

describe('the uses of a token', () => {
  it('are written at once the first time, and then once a minute with all that were in between', async () => {
    const token = await used(postern, await postern.token('ada'))
    const first = token.use()
    await token.write()
    expect(await token.stored()).toEqual({ at: first, count: 1 })
    for (let times = 0; times < 5; times++) {
      postern.advance(5)
      token.use()
      token.use('another')
      await token.write()
      expect(await token.stored()).toEqual({ at: first, count: 1 })
    }
    postern.advance(40)
    const last = token.use()
    await token.write()
    expect(await token.stored()).toEqual({ at: last, count: 12 })
  })

  it('are written when the process stops, however short a time ago they were', async () => {
    const token = await used(postern, await postern.token('ada'))
    token.use()
    await token.write()
    postern.advance(3)
    const last = token.use()
    await token.stop()
    expect(await token.stored()).toEqual({ at: last, count: 2 })
  })

  it('are written each time where an idle timeout depends on them', async () => {
    const token = await used(idling, await idling.token('ada'))
    for (let times = 1; times <= 3; times++) {
      idling.advance(3)
      const at = token.use()
      await token.write()
      expect(await token.stored()).toEqual({ at, count: times })
    }
  })

  it('of a session with an idle timeout are written each time, too', async () => {
    const session = await used(idling, await idling.session('grace'))
    for (let times = 0; times < 3; times++) {
      idling.advance(3)
      const at = session.use()
      await session.write()
      expect((await liveSessions(idling.context, 'grace'))[0]?.lastUsed?.at).toBe(at)
    }
  })

  it('are written again at the next try when a store did not take them', async () => {
    const token = await used(postern, await postern.token('ada'))
    const { pool } = postern.context.postgres
    await pool.query('ALTER TABLE token RENAME TO away')
    const at = token.use()
    await expect(token.write()).rejects.toThrow()
    await pool.query('ALTER TABLE away RENAME TO token')
    await token.write()
    expect((await token.stored()).at).toBe(at)
  })

  it('are not kept back by a clock that was set back', async () => {
    const token = await used(postern, await postern.token('ada'))
    postern.advance(30 * MINUTE)
    token.use()
    await token.write()
    postern.advance(-20 * MINUTE)
    token.use()
    await token.write()
    expect((await token.stored()).count).toBe(2)
  })
})

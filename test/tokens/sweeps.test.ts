import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type pg from 'pg'
import request from 'supertest'
import { pruneHistory } from '../../server/tokens/prune-history.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

const BRAKE = 42

let postern: RunningPostern
let brake: pg.PoolClient

/*
 * Whatever a sweep deletes or adds waits for a lock that the test holds, at the end of the statement: its work is done, its
 * transaction is open, and all the locks that it took it still has.
 */
const WAIT = `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM touched WHERE TG_OP = 'DELETE' OR to_jsonb(touched) ->> 'action' = 'expire') THEN
      PERFORM pg_advisory_xact_lock_shared(${BRAKE});
    END IF;
    RETURN NULL;
  END $$`
const waitAfter = (what: string, table: string, touched: string) =>
  `CREATE TRIGGER wait_${what}_${table} AFTER ${what} ON ${table}
   REFERENCING ${touched} TABLE AS touched EXECUTE FUNCTION wait()`

beforeAll(async () => {
  postern = await startPostern()
  await postern.account('ada')
  const { pool } = postern.context.postgres
  brake = await pool.connect()
  await pool.query(WAIT)
  for (const table of ['token', 'token_change', 'token_use']) await pool.query(waitAfter('DELETE', table, 'OLD'))
  await pool.query(waitAfter('INSERT', 'token_change', 'NEW'))
})
beforeEach(async () => {
  await brake.query(`SELECT pg_advisory_lock(${BRAKE})`)
})
afterEach(async () => {
  await brake.query('SELECT pg_advisory_unlock_all()')
})
afterAll(async () => {
  brake.release()
  await postern.stop()
})

const ask = (token: string, query = '') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })

/** Starts a sweep, and waits until it has come to the brake. */
async function halfway(sweep: () => Promise<number>) {
  let ended = false
  const outcome = sweep().finally(() => {
    ended = true
  })
  for (;;) {
    if (ended) throw new Error('The sweep found nothing to do.')
    const { rows } = await brake.query(
      `SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND objid = ${BRAKE} AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    if (rows[0]?.waiting > 0) break
  }
  return {
    isOpen: () => !ended,
    async goOn() {
      await brake.query(`SELECT pg_advisory_unlock(${BRAKE})`)
      return outcome
    },
  }
}

/** Every kind of check that asks a store, and what comes of it: of `token`, which is nowhere in memory, and `session`. */
async function checks(token: string, session: string) {
  return {
    token: (await ask(token, 'scope=read:tap')).status,
    'token that asks for another': (await ask(token, 'delegate_to=tap')).status,
    session: (await ask(session, 'notebook=true')).status,
    'token of nobody': (await ask('gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA')).status,
  }
}
const ALL_WELL = { token: 200, 'token that asks for another': 200, session: 200, 'token of nobody': 401 }

describe('no check waits for a sweep', () => {
  it('that has deleted tokens which ran out, nor does one of those tokens', async () => {
    const expires = postern.now() + 600
    const ending = await Promise.all([1, 2, 3].map(() => postern.token('ada', { expires })))
    const [lasting, session] = [await postern.token('ada'), await postern.session('ada')]
    postern.advance(600)
    const sweep = await halfway(() => sweepExpired(postern.context))
    expect(await checks(lasting, session)).toEqual(ALL_WELL)
    for (const token of ending) expect((await ask(token)).status).toBe(401)
    expect(sweep.isOpen()).toBe(true)
    expect(await sweep.goOn()).toBe(3)
  })

  it('that writes which sessions ran out', async () => {
    const [ended, lasting] = [await postern.session('ada'), await postern.token('ada')]
    postern.advance(31 * 86_400)
    const session = await postern.session('ada')
    const sweep = await halfway(() => sweepExpired(postern.context))
    expect(await checks(lasting, session)).toEqual(ALL_WELL)
    expect((await ask(ended)).status).toBe(401)
    expect(sweep.isOpen()).toBe(true)
    expect(await sweep.goOn()).toBeGreaterThan(0)
  })

  it.each([
    ['history', 'UPDATE token_change SET at = $1'],
    ['uses', 'UPDATE token_use SET day = $1::timestamptz::date'],
  ])('that forgets old %s, of tokens that are in use', async (_what, age) => {
    const [token, session] = [await postern.token('ada'), await postern.session('ada')]
    await ask(token)
    await postern.context.usage.flush(postern.context)
    await postern.context.postgres.pool.query(age, [new Date((postern.now() - 400 * 86_400) * 1000)])
    const sweep = await halfway(() => pruneHistory(postern.context))
    expect(await checks(token, session)).toEqual(ALL_WELL)
    // Nor does what they leave behind.
    await postern.context.usage.flush(postern.context)
    expect(sweep.isOpen()).toBe(true)
    expect(await sweep.goOn()).toBeGreaterThan(0)
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import pg from 'pg'
import request from 'supertest'
import { bootstrapToken } from '../support/bootstrap.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase } from '../support/stores/stores.js'

const BOOTSTRAP = bootstrapToken()

let databaseUrl: string
let postern: RunningPostern

beforeAll(async () => {
  databaseUrl = await freshDatabase()
  postern = await startPostern({ databaseUrl, settings: { memoryMaxAge: 0, bootstrapToken: BOOTSTRAP } })
})
afterAll(() => postern.stop())

const create = () =>
  request(postern.server)
    .post('/auth/api/v1/tokens')
    .set({ Authorization: `Bearer ${BOOTSTRAP}` })
    .send({ token_type: 'user', username: 'ada', token_name: randomUUID(), scopes: ['read:tap'] })

it('writes of one user that wait for each other take no connection from the checks of others', async () => {
  const token = await postern.token('grace')
  await postern.account('ada')
  const slow = new pg.Client({ connectionString: databaseUrl })
  await slow.connect()
  await slow.query("SELECT pg_advisory_lock(hashtextextended('tokens of ada', 0))")
  const writes = Promise.all(Array.from({ length: 40 }, async () => (await create()).status))
  const waiting = `SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  await eventually(async () => (await slow.query(waiting)).rows[0].waiting > 0)

  const checks = Array.from({ length: 5 }, async () => {
    const asked = { ...ASKED, Authorization: `Bearer ${token}` }
    return (await request(postern.server).get('/ingress/auth').set(asked)).status
  })
  expect(new Set(await Promise.all(checks))).toEqual(new Set([200]))
  await slow.query('SELECT pg_advisory_unlock_all()')
  await slow.end()
  // On a busy machine some have waited for the lock for longer than a statement may.
  expect(await writes).toContain(201)
})

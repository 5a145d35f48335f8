import path from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import request from 'supertest'
import { openPool } from '../../../server/storage/postgres/connection/pool.js'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { emptyFolder, postern, removeFolders } from '../../operate/cli/executable.js'
import { ASKED, type RunningPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'
import { serve } from '../../support/serve.js'
import { load, startArchive } from '../../support/stores/archive.js'
import { type Pooler, startPgBouncer } from '../../support/stores/pgbouncer.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase, freshRedis } from '../../support/stores/stores.js'

describeWith(['pgbouncer'], 'behind PgBouncer in transaction mode', () => {
  let direct: string
  let pooler: Pooler
  const sites: { stop(): Promise<void> }[] = []

  beforeEach(async () => {
    direct = await emptyDatabase()
    pooler = await startPgBouncer(direct)
  })
  afterEach(async () => {
    for (const site of sites.splice(0)) await site.stop()
    await pooler.stop()
    removeFolders()
  })

  // Of this database alone: other tests hold locks in theirs, on the same server.
  const LOCKS = `SELECT objid FROM pg_locks WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  const advisoryLocks = () => sql(direct, LOCKS)

  async function site(): Promise<RunningPostern> {
    const started = await startArchive({
      databaseUrl: pooler.url,
      redisUrl: await freshRedis(),
      // Each check asks the database.
      settings: { memoryMaxAge: 0 },
    })
    sites.push(started)
    return started
  }

  it('replicas that start at once migrate once, and leave no lock on a connection', async () => {
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate(pooler.url)))
    expect(applied.filter((names) => names.length > 0)).not.toEqual([])
    expect(new Set(applied.flat()).size).toBe(applied.flat().length)
    expect(await migrate(pooler.url)).toEqual([])
    expect(await advisoryLocks()).toEqual([])
  })

  it('statements have names on direct connections alone', async () => {
    const statement = { name: 'find-one', text: 'SELECT 1' }
    for (const [url, expected] of [
      [direct, statement],
      [pooler.url, { text: statement.text }],
    ] as const) {
      const { pool, prepared } = openPool({ connectionString: url }, () => undefined)
      await pool.query('SELECT 1')
      expect(prepared(statement)).toEqual(expected)
      await pool.end()
    }
  })

  it('every check of two processes is answered, however their statements are mixed', async () => {
    await migrate(pooler.url)
    const [one, other] = [await site(), await site()]
    await load(one, { id: 'GO-1', title: 'Public', public: true })
    const statuses: number[] = []
    for (const postern of [one, other]) await postern.account('ada')
    const tokens = await Promise.all(
      Array.from({ length: 20 }, async (_each, index) => (index % 2 ? one : other).token('ada')),
    )
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        tokens.map(async (token, index) => {
          const asked = request((index % 2 ? one : other).server)
            .get(`/ingress/auth?program=GO-1`)
            .set({ ...ASKED, Authorization: `Bearer ${token}` })
          statuses.push((await asked).status)
        }),
      )
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await advisoryLocks()).toEqual([])
  })

  it('a second server and a command start beside the first', async () => {
    const env = {
      DATABASE_URL: pooler.url,
      REDIS_URL: await freshRedis(),
      POSTERN_SECRET: 'x'.repeat(32),
      POSTERN_WORKERS: '1',
    }
    const data = emptyFolder()
    for (const name of ['first', 'second']) sites.push(await serve({ folder: path.dirname(data), name, env }))
    const added = await postern({ ...env, POSTERN_DATA: data }, ['account', 'list'])
    expect(added).toMatchObject({ code: 0 })
    expect(await advisoryLocks()).toEqual([])
  })
})

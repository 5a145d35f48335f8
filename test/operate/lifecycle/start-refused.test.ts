import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { freePort } from '../../support/run/ports.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase, freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { SECRET, serve, site } from './support/site.js'

describe('what keeps Postern from starting is one clear error that says what to do', () => {
  const refused = async (environment: Record<string, string>) => {
    const server = serve(environment)
    expect(await server.ended()).toBe(1)
    expect(server.output()).not.toMatch(/\n {4}at |postgresql:\/\/|redis:\/\//)
    return server.output()
  }
  const own = async (more: Record<string, string> = {}) => ({
    ...(await site()).environment,
    DATABASE_URL: await freshDatabase(),
    REDIS_URL: await freshRedis(),
    POSTERN_SECRET: SECRET,
    ...more,
  })

  it('a busy port', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const { port } = busy.address() as { port: number }
    expect(await refused(await own({ POSTERN_PORT: String(port) }))).toMatch(
      new RegExp(`postern: Port ${port} is in use\\.\\n.*POSTERN_PORT`),
    )
    busy.close()
  })

  it('an unreachable database', async () => {
    const database = new URL(await freshDatabase())
    database.port = String(await freePort())
    database.password = 'hunter2'
    const output = await refused(await own({ DATABASE_URL: database.href }))
    expect(output).toContain(`127.0.0.1:${database.port}`)
    expect(output).toContain('DATABASE_URL')
    expect(output).not.toContain('hunter2')
  })

  it('an unreachable Redis', async () => {
    const port = await freePort()
    const output = await refused(await own({ REDIS_URL: `redis://:hunter2@127.0.0.1:${port}/0` }))
    expect(output).toMatch(new RegExp(`Redis at 127\\.0\\.0\\.1:${port} does not answer`))
    expect(output).toContain('REDIS_URL')
    expect(output).not.toContain('hunter2')
  })

  it('a migration that is missing where updateSchema is false, and none is applied', async () => {
    const databaseUrl = await emptyDatabase()
    const output = await refused(await own({ DATABASE_URL: databaseUrl, POSTERN_UPDATE_SCHEMA: 'false' }))
    expect(output).toMatch(
      /postern: The database lacks the migration \d{14}_first, and \d+ more, .*updateSchema.*\n.*postern migrate run\n/,
    )
    expect(await sql(databaseUrl, "SELECT to_regclass('token') AS there")).toEqual([{ there: null }])
  })

  it('a database of a newer version', async () => {
    const databaseUrl = await freshDatabase()
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '29990101000000_future', now())`,
    )
    await client.end()
    expect(await refused(await own({ DATABASE_URL: databaseUrl }))).toContain('29990101000000_future')
  })

  it('an unknown setting', async () => {
    expect(await refused({ ...(await own()), POSTERN_BASE_ULR: 'x' })).toContain('did you mean POSTERN_BASE_URL?')
  })

  it('a data folder that cannot be made', async () => {
    expect(await refused({ ...(await site()).environment, POSTERN_DATA: '/dev/null/postern' })).toMatch(
      /^postern: .*\/dev\/null\/postern/,
    )
  })

  it('stores of one’s own without a secret of one’s own', async () => {
    expect(await refused(await own({ POSTERN_SECRET: '' }))).toMatch(/POSTERN_SECRET: is required .*make one with/)
  })
})

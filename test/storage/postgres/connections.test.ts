import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../server/storage/generated/client.js'
import { type ConnectionPool, openPool } from '../../../server/storage/postgres/connection/pool.js'
import { eventually } from '../../support/eventually.js'
import { sql } from '../../support/stores/queries.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { emptyDatabase } from '../../support/stores/stores.js'

let direct: string
let relay: Relay
let connections: ConnectionPool
let prisma: PrismaClient
let errors: Error[]

beforeEach(async () => {
  direct = await emptyDatabase()
  await sql(direct, 'CREATE TABLE note (text text NOT NULL)')
  relay = await startRelay(direct)
  errors = []
  open(60_000)
})
afterEach(async () => {
  await relay.mend()
  await close()
  await relay.stop()
})

function open(query_timeout: number): void {
  const config = { connectionString: relay.url, max: 2, query_timeout, idleTimeoutMillis: 0 }
  connections = openPool(config, (error) => errors.push(error))
  prisma = new PrismaClient({ adapter: new PrismaPg(connections.pool) })
}

async function close(): Promise<void> {
  await prisma.$disconnect()
  await connections.pool.end()
}

const backend = async () => (await connections.pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
const write = (text: string) => connections.pool.query('INSERT INTO note VALUES ($1)', [text])
const notes = async () => (await sql(direct, 'SELECT text FROM note ORDER BY text')).map(({ text }) => text)
const isAlive = async (pid: number) =>
  (await sql(direct, `SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length === 1

describe('a connection whose transaction was given up', () => {
  it('serves no query after it, which would be part of that transaction', async () => {
    await close()
    open(300)
    let isStalled = false
    // A busy machine may give up earlier: then once more.
    await eventually(async () => {
      const givenUp = prisma.$transaction(async (db) => {
        await db.$executeRaw`INSERT INTO note VALUES ('given up')`
        relay.stall()
        isStalled = true
        await db.$executeRaw`INSERT INTO note VALUES ('never answered')`
      })
      await expect(givenUp).rejects.toThrow('timeout')
      return isStalled
    })
    await relay.mend()
    await eventually(() => write('acknowledged'))
    expect(new Set(await notes())).toEqual(new Set(['acknowledged']))
  })
})

describe('a connection that breaks ends its query, and not the process', () => {
  const END =
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'

  it('while it is idle', async () => {
    await write('before')
    await sql(direct, END)
    await eventually(() => errors.length > 0)
    await write('after')
    expect(await notes()).toEqual(['after', 'before'])
  })

  it.each([
    ['in a statement', 'SELECT pg_sleep(60)'],
    ['between two statements', 'SELECT 1'],
  ])('in a transaction, %s', async (_when, statement) => {
    const failing = prisma.$transaction(async (db) => {
      await db.$executeRaw`INSERT INTO note VALUES ('lost')`
      const [waiting, ended] = [db.$queryRawUnsafe(statement), sql(direct, END)]
      await waiting
      await ended
      await new Promise((resolve) => setImmediate(resolve))
      await db.$executeRaw`INSERT INTO note VALUES ('lost, too')`
    })
    await expect(failing).rejects.toThrow()
    await write('after')
    expect(await notes()).toEqual(['after'])
  })
})

describe('once the server takes no writes', () => {
  /** Sessions that begin from now on. */
  const setReadOnly = (value: 'on' | 'off') => {
    const name = new URL(direct).pathname.slice(1)
    const other = new URL(direct)
    other.pathname = '/postgres'
    return sql(other.href, `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
  }

  beforeEach(() => setReadOnly('on'))

  it('all connections are given up, those in use when they are released', async () => {
    const [idle, used] = await Promise.all([connections.pool.connect(), connections.pool.connect()])
    const pids = await Promise.all(
      [idle, used].map(async (client) => (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid),
    )
    idle.release()
    const refused = used.query("INSERT INTO note VALUES ('refused')")
    await expect(refused).rejects.toMatchObject({ code: '25006' })
    // Reads go on.
    expect((await used.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    used.release()
    for (const pid of pids) await eventually(async () => !(await isAlive(pid)))
    await setReadOnly('off')
    await write('to the new primary')
    expect(await notes()).toEqual(['to the new primary'])
  })

  it('asking for it gives them up, too, so that an idle site finds the new primary', async () => {
    const before = await backend()
    expect(await connections.takesWrites()).toBe(false)
    await setReadOnly('off')
    await eventually(async () => !(await isAlive(before)))
    expect(await connections.takesWrites()).toBe(true)
    expect(errors.map((error) => 'code' in error && error.code)).toEqual(['25006'])
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { inLockedTransaction } from '../../../server/storage/postgres/locked-transaction.js'
import { eventually } from '../../support/eventually.js'
import { freshDatabase } from '../../support/stores/stores.js'

const LOCK = 4_711

let pool: pg.Pool

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 })
  await pool.query('CREATE TABLE note (text text NOT NULL)')
})
afterAll(() => pool.end())

const notes = async () => (await pool.query('SELECT text FROM note ORDER BY text')).rows.map(({ text }) => text)
const write = (client: pg.PoolClient, text: string) => client.query('INSERT INTO note VALUES ($1)', [text])

describe('a transaction under a lock', () => {
  it('commits its work, and returns its outcome', async () => {
    const outcome = await inLockedTransaction(pool, LOCK, async (client) => {
      await write(client, 'committed')
      return 'done'
    })
    expect([outcome, await notes()]).toEqual(['done', ['committed']])
  })

  it('that fails leaves nothing behind, neither its writes nor its lock', async () => {
    const failing = inLockedTransaction(pool, LOCK, async (client) => {
      await write(client, 'rolled back')
      throw new Error('failed halfway')
    })
    await expect(failing).rejects.toThrow('failed halfway')
    expect(await notes()).not.toContain('rolled back')
    expect(await inLockedTransaction(pool, LOCK, async () => 'the lock is free')).toBe('the lock is free')
  })

  it('whose server goes away between two statements fails, and the process goes on', async () => {
    const failing = inLockedTransaction(pool, LOCK, async (client) => {
      // Not `once` of node:events, which listens to errors, too.
      const gone = new Promise((resolve) => client.once('end', resolve))
      const { rows } = await client.query('SELECT pg_backend_pid() AS process')
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0].process])
      await gone
      await write(client, 'lost')
    })
    await expect(failing).rejects.toThrow(/not queryable|terminat|closed/)
    expect(await notes()).not.toContain('lost')
    expect(await inLockedTransaction(pool, LOCK, async () => 'the lock is free')).toBe('the lock is free')
  })

  it('does not run beside another one of the same lock', async () => {
    let ran = false
    const [first, second] = await inLockedTransaction(pool, LOCK, async (client) => {
      await write(client, 'first')
      const inner = await inLockedTransaction(pool, LOCK, async () => {
        ran = true
      })
      return ['first', inner]
    }).then((outcome) => outcome ?? [])
    expect({ first, second, ran }).toEqual({ first: 'first', second: undefined, ran: false })
  })

  it('that cannot be rolled back ends with its connection', async () => {
    const one = new pg.Pool({ ...pool.options, max: 1, query_timeout: 500 })
    let process = 0
    // A busy machine may give up earlier: then once more.
    await eventually(async () => {
      const hanging = inLockedTransaction(one, LOCK, async (client) => {
        process = (await client.query('SELECT pg_backend_pid() AS process')).rows[0].process
        // The rollback waits behind it, and times out as well.
        await client.query('SELECT pg_sleep(60)')
      })
      await expect(hanging).rejects.toThrow('timeout')
      return process > 0
    })
    const next = await eventually(() => one.query('SELECT pg_backend_pid() AS process'))
    expect(next.rows[0].process).not.toBe(process)
    await pool.query('SELECT pg_terminate_backend($1)', [process])
    await one.end()
  })
})

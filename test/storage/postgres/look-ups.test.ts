import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { openPostgres, type Postgres } from '../../../server/storage/postgres/client.js'
import type { Found } from '../../../server/storage/postgres/connection/look-ups.js'
import { freshDatabase } from '../../support/stores/stores.js'

interface Letter extends Found {
  readonly letter: string
}

/** A row for each letter of a word; for `slow` it takes as long as it takes. */
const LETTERS = {
  name: 'letters-of-a-word',
  text: `SELECT word AS asked, letter FROM (SELECT DISTINCT unnest($1::text[])) AS w(word), regexp_split_to_table(word, '') AS letter`,
}

let postgres: Postgres
/** The lists of the statements that were sent. */
const sent: string[][] = []

beforeAll(async () => {
  postgres = openPostgres(new Secret(await freshDatabase()), () => undefined)
  const { pool } = postgres
  const query = pool.query.bind(pool)
  Object.assign(pool, {
    query: (statement: { readonly text: string; readonly values: [string[]] }) => {
      sent.push([...new Set(statement.values[0])])
      return query(statement)
    },
  })
})
afterAll(() => postgres.close())

const spell = async (word: string) => (await postgres.find<Letter>(LETTERS, word)).map(({ letter }) => letter).join('')

describe('look-ups', () => {
  it('of one turn of the event loop are one statement, and each has its own rows', async () => {
    sent.length = 0
    const words = ['ada', 'grace', 'hedy', 'ada']
    expect(await Promise.all(words.map(spell))).toEqual(words)
    expect(sent).toEqual([['ada', 'grace', 'hedy']])
  })

  it('find nothing for a key that has no row, whatever the others have', async () => {
    const none = {
      name: 'none-of-b',
      text: `SELECT key AS asked FROM (SELECT DISTINCT unnest($1::text[])) AS k(key) WHERE key <> 'b'`,
    }
    const found = await Promise.all(['a', 'b'].map((key) => postgres.find(none, key)))
    expect(found.map((rows) => rows.length)).toEqual([1, 0])
  })

  it('are sent after they were asked for: none joins a statement that is under way', async () => {
    sent.length = 0
    const first = spell('first')
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual([['first']])
    expect(await Promise.all([first, spell('first')])).toEqual(['first', 'first'])
    expect(sent).toEqual([['first'], ['first']])
  })

  it('fail alone for a key that the database does not take, and the others beside it are answered', async () => {
    const outcomes = await Promise.allSettled(['ada', 'nul\0', 'grace'].map(spell))
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.status))).toEqual([
      'ada',
      'rejected',
      'grace',
    ])
  })

  it('of one key are planned once and no more, as those of many are', async () => {
    const url = new Secret(await freshDatabase())
    const { pool, prisma: _, ...one } = openPostgres(url, () => undefined, 1)
    await pool.query('CREATE TABLE letter (key text PRIMARY KEY)')
    await pool.query(`INSERT INTO letter SELECT n::text FROM generate_series(1, 1000) n`)
    await pool.query('ANALYZE letter')
    const statement = { name: 'find-letter', text: 'SELECT key AS asked FROM letter WHERE key = ANY($1::text[])' }
    for (let times = 0; times < 12; times++) expect(await one.find(statement, '7')).toEqual([{ asked: '7' }])
    const { rows } = await pool.query(
      `SELECT generic_plans::int AS kept, custom_plans::int AS made FROM pg_prepared_statements WHERE name = 'find-letter'`,
    )
    expect(rows).toEqual([{ kept: 7, made: 5 }])
    await one.close()
  })

  it('all fail when the statement does', async () => {
    const broken = { name: 'broken', text: 'SELECT asked FROM no_such_table WHERE key = ANY($1)' }
    const outcomes = await Promise.allSettled(['ada', 'grace'].map((key) => postgres.find(broken, key)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

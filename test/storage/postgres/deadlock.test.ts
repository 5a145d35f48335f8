import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { openPostgres, type Postgres } from '../../../server/storage/postgres/client.js'
import { type Statements, throughPrisma } from '../../../server/storage/postgres/connection/statements.js'
import { isUnavailable } from '../../../server/storage/unavailable.js'
import { freshDatabase } from '../../support/stores/stores.js'

let postgres: Postgres

beforeAll(async () => {
  postgres = openPostgres(new Secret(await freshDatabase()), () => undefined)
  await postgres.pool.query('CREATE TABLE note (id int PRIMARY KEY, text text NOT NULL)')
  await postgres.pool.query(`INSERT INTO note VALUES (1, 'as it was'), (2, 'as it was')`)
})
afterAll(() => postgres.close())

type Work = (statements: Statements) => Promise<unknown>

/** Resolves for all that have come when so many have. */
function meeting(size: number): () => Promise<void> {
  let come = 0
  let open: () => void = () => undefined
  const all = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    if (++come === size) open()
    return all
  }
}

it.each<[name: string, run: (work: Work) => Promise<unknown>]>([
  ["Prisma's", (work) => postgres.transaction((db) => work(throughPrisma(db)))],
  ["the driver's", (work) => postgres.transactionOfMany(work)],
])(
  'of two transactions that wait for each other, %s, one is done and the other is an outage and did nothing',
  async (_name, run) => {
    const bothHaveOne = meeting(2)
    const change = (text: string, first: number, second: number) =>
      run(async (statements) => {
        await statements.run('UPDATE note SET text = $1 WHERE id = $2::int', [text, first])
        await bothHaveOne()
        await statements.run('UPDATE note SET text = $1 WHERE id = $2::int', [text, second])
      }).then(
        () => text,
        (error: unknown) => ({ isUnavailable: isUnavailable(error) }),
      )
    const outcomes = await Promise.all([change('up', 1, 2), change('down', 2, 1)])
    const [done] = outcomes.filter((each) => typeof each === 'string')
    expect(outcomes.filter((each) => typeof each !== 'string')).toEqual([{ isUnavailable: true }])
    const { rows } = await postgres.pool.query('SELECT text FROM note ORDER BY id')
    expect(rows).toEqual([{ text: done }, { text: done }])
  },
)

import type pg from 'pg'
import { Batches } from '../../batches.js'
import type { ConnectionPool, PreparedStatement } from './pool.js'

/** A row that a statement finds for one of the keys that it is given. */
export interface Found extends pg.QueryResultRow {
  /** The key. */
  readonly asked: string
}

const NONE: readonly never[] = []
/**
 * The keys of the shortest list. PostgreSQL guesses ten where it does not know a list: for a shorter one a plan of its own
 * looks cheaper than the one that it has kept, and it plans every time, which takes longer than the look-up.
 */
const FEWEST = 10

/**
 * Looks keys up, those of one turn of the event loop in one statement. Under load a turn brings many checks, and together they
 * give PostgreSQL and the driver the work of a few. The statement is sent after all its keys were asked for: no answer is older
 * than its question.
 */
export class LookUps {
  readonly #connections: ConnectionPool
  /** By the names of the statements. */
  readonly #batches = new Map<string, Batches<string, readonly Found[]>>()

  constructor(connections: ConnectionPool) {
    this.#connections = connections
  }

  /**
   * Returns the rows that a statement finds for a key.
   *
   * @param statement with `= ANY($1::text[])`, a list in which a key may stand several times, and a column `asked`
   */
  find<Row extends Found>(statement: PreparedStatement, key: string): Promise<readonly Row[]> {
    // As of the driver's own rows: the statement says what is in them.
    return this.#batchesOf(statement).add(key) as Promise<readonly Row[]>
  }

  #batchesOf(statement: PreparedStatement): Batches<string, readonly Found[]> {
    const known = this.#batches.get(statement.name)
    if (known) return known
    const batches = new Batches<string, readonly Found[]>((keys) => this.#ask(statement, keys), {
      most: 500,
      atOnce: 4,
    })
    this.#batches.set(statement.name, batches)
    return batches
  }

  async #ask(statement: PreparedStatement, keys: readonly string[]): Promise<readonly (readonly Found[] | Error)[]> {
    try {
      return await this.#askTogether(statement, keys)
    } catch (error) {
      // Attack: a user name that the database does not take, asked for again and again, would fail the checks beside it.
      if (keys.length === 1 || !isFaultOfAValue(error)) throw error
      const answers = await Promise.all(keys.map((key) => this.#askTogether(statement, [key]).catch(asError)))
      return answers.map((answer) => (answer instanceof Error ? answer : (answer[0] ?? NONE)))
    }
  }

  async #askTogether(statement: PreparedStatement, keys: readonly string[]): Promise<readonly (readonly Found[])[]> {
    const { pool, prepared } = this.#connections
    const { rows } = await pool.query<Found>({ ...prepared(statement), values: [listOf(keys)] })
    const byKey = new Map<string, Found[]>()
    for (const row of rows) {
      const found = byKey.get(row.asked)
      if (found) found.push(row)
      else byKey.set(row.asked, [row])
    }
    return keys.map((key) => byKey.get(key) ?? NONE)
  }
}

/** Lists each key once, and the last one so often that the list is not too short: it is looked up once all the same. */
function listOf(keys: readonly string[]): string[] {
  const list = [...new Set(keys)]
  const last = list.at(-1)
  while (last !== undefined && list.length < FEWEST) list.push(last)
  return list
}

/** SQLSTATE class of a value that the database does not take. */
function isFaultOfAValue(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('22')
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

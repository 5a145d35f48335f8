import type pg from 'pg'
import { OperatorError } from '../../core/operator-error.js'

/**
 * The table that is there while a restore is under way, or was cut off. It is of no migration: a restore makes it before
 * the schema, and drops it at its end.
 */
export const RESTORE_MARK = 'postern_restore'

/** The key that Redis has from the first record of a restore to the last; its value is the backup's identifier. */
export const REDIS_RESTORE_MARK = 'postern:restore'

/** A restore that has begun. `postgres`: the database has nothing of the backup yet; `redis`: it has all of it. */
export interface RestoreMark {
  /** The backup's identifier. */
  readonly backup: string
  readonly stage: 'postgres' | 'redis'
}

type Queries = Pick<pg.ClientBase, 'query'>

export async function readRestoreMark(client: Queries): Promise<RestoreMark | undefined> {
  const { rows: found } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    RESTORE_MARK,
  ])
  if (!found[0]?.exists) return undefined
  const { rows } = await client.query<RestoreMark>(`SELECT backup, stage FROM ${RESTORE_MARK}`)
  return rows[0]
}

export async function writeRestoreMark(client: Queries, { backup, stage }: RestoreMark): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS ${RESTORE_MARK} (backup TEXT NOT NULL, stage TEXT NOT NULL)`)
  await client.query(`DELETE FROM ${RESTORE_MARK}`)
  await client.query(`INSERT INTO ${RESTORE_MARK} VALUES ($1, $2)`, [backup, stage])
}

export async function dropRestoreMark(client: Queries): Promise<void> {
  await client.query(`DROP TABLE ${RESTORE_MARK}`)
}

/** Refuses to open a database that a restore has not finished. @throws {OperatorError} */
export async function refuseUnfinishedRestore(client: Queries): Promise<void> {
  if (!(await readRestoreMark(client))) return
  throw new OperatorError(
    'A restore was begun in this database and did not finish: the site has a part of its data.',
    'Run the same command again: npx postern restore DIR. Or empty the database and restore another backup.',
  )
}

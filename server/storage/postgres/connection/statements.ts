import type pg from 'pg'
import type { Prisma } from '../../generated/client.js'

/** Runs statements in a transaction, which is the driver's or Prisma's. */
export interface Statements {
  /** Returns the rows of a statement. */
  run<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]>
}

/** Runs statements in a transaction of Prisma's. */
export function throughPrisma(db: Prisma.TransactionClient): Statements {
  return { run: (text, values) => db.$queryRawUnsafe(text, ...values) }
}

/** Runs statements on a connection of the driver's. */
export function throughDriver(client: pg.ClientBase): Statements {
  return {
    async run<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) {
      const { rows } = await client.query<Row>(text, [...values])
      return rows
    },
  }
}

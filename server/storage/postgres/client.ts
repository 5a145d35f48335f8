import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import type { EpochSeconds } from '../../core/time.js'
import type { Secret } from '../../core/token/secret.js'
import { type Prisma, PrismaClient } from '../generated/client.js'
import { connectionString } from './connection/connection-string.js'
import { inDriverTransaction } from './connection/driver-transaction.js'
import { type Found, LookUps } from './connection/look-ups.js'
import { type ConnectionPool, openPool, type PreparedStatement } from './connection/pool.js'
import { type Statements, throughDriver } from './connection/statements.js'
import { TransactionGate } from './connection/transaction-gate.js'

/** The open database: Prisma for pages and API, and its pool for the queries that checks wait for. */
export interface Postgres extends ConnectionPool {
  readonly prisma: PrismaClient
  /** Returns the rows that a statement finds for a key; it takes a list of keys, and is shared by those of one moment. */
  find<Row extends Found>(statement: PreparedStatement, key: string): Promise<readonly Row[]>
  /** Runs a transaction, or waits for its turn: some connections stay free for reads. */
  transaction<T>(work: (db: Transaction) => Promise<T>): Promise<T>
  /** Runs a transaction as {@link transaction} does, without Prisma: for statements with thousands of values. */
  transactionOfMany<T>(work: (statements: Statements) => Promise<T>): Promise<T>
  /** Runs one statement that writes, a transaction by itself, at its turn as {@link transaction} does. Returns its rows. */
  write<Row extends pg.QueryResultRow>(statement: PreparedStatement, values: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

/** Inside a transaction. */
export type Transaction = Prisma.TransactionClient

/**
 * Opens a pool of at most `max` connections; the first query connects. Queries to a database that hangs time out after
 * seconds, not minutes.
 */
export function openPostgres(url: Secret, onError: (error: Error) => void, max = 10): Postgres {
  const connections = openPool(
    {
      connectionString: connectionString(url.reveal()),
      max,
      connectionTimeoutMillis: 3_000,
      query_timeout: 5_000,
      idleTimeoutMillis: 60_000,
      application_name: 'postern',
    },
    onError,
  )
  const { pool } = connections
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  })
  const gate = new TransactionGate(max)
  const lookUps = new LookUps(connections)
  return {
    ...connections,
    prisma,
    find: (statement, key) => lookUps.find(statement, key),
    transaction: (work) => gate.run(() => prisma.$transaction(work)),
    transactionOfMany: (work) => gate.run(() => inDriverTransaction(pool, (client) => work(throughDriver(client)))),
    async write<Row extends pg.QueryResultRow>(statement: PreparedStatement, values: readonly unknown[]) {
      const { rows } = await gate.run(() =>
        pool.query<Row>({ ...connections.prepared(statement), values: [...values] }),
      )
      return rows
    },
    async close() {
      await prisma.$disconnect()
      if (!pool.ended) await pool.end()
    },
  }
}

export const toDate = (at: EpochSeconds): Date => new Date(at * 1000)
export const fromDate = (date: Date): EpochSeconds => Math.floor(date.getTime() / 1000)

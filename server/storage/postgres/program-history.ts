import type { ProgramChange, ProgramFacts } from '../../core/programs/history.js'
import { Prisma } from '../generated/client.js'
import { fromDate, type Transaction, toDate } from './client.js'

/** Adds an entry to the history; in the transaction of the change itself, so that both are committed or neither. */
export async function appendProgramChange(db: Transaction, change: ProgramChange): Promise<void> {
  await db.programChange.create({
    data: {
      program: change.program,
      action: change.action,
      actor: change.actor,
      address: change.address ?? null,
      at: toDate(change.at),
      email: change.email ?? null,
      now: change.now ? (change.now as Prisma.InputJsonObject) : Prisma.DbNull,
      old: change.old ? (change.old as Prisma.InputJsonObject) : Prisma.DbNull,
    },
  })
}

/** Lists a program's changes, newest first, at most `limit`. */
export async function listProgramChanges(db: Transaction, program: string, limit: number): Promise<ProgramChange[]> {
  const rows = await db.programChange.findMany({
    where: { program },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return rows.map((row) => ({
    program,
    action: row.action,
    actor: row.actor,
    at: fromDate(row.at),
    ...(row.address !== null && { address: row.address }),
    ...(row.email !== null && { email: row.email }),
    ...(row.now !== null && { now: row.now as ProgramFacts }),
    ...(row.old !== null && { old: row.old as ProgramFacts }),
  }))
}

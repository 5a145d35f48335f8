import type { ProgramChange, ProgramFacts } from '../../../core/programs/history.js'
import type { Actor } from '../../../core/token/history.js'
import { Prisma } from '../../generated/client.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { fromDate, type Transaction, toDate } from '../client.js'

/**
 * Adds an entry to the history, with its audit event; in the transaction of the change itself, so that all are committed or
 * none is.
 */
export async function appendProgramChange(
  { db, record }: UnitOfWork,
  change: ProgramChange & { readonly action: 'grant' | 'remove' },
  actor: Actor,
): Promise<void> {
  const { program, action, email } = change
  record({ action: `program.${action}`, actor, object: { type: 'program', id: program }, after: { email } })
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

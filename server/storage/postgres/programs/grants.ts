import { Refusal } from '../../../core/access/refusal.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Actor } from '../../../core/token/history.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { toDate } from '../client.js'
import { appendProgramChange } from './history.js'

interface Grant {
  readonly program: string
  readonly email: string
  readonly actor: Actor
  readonly at: EpochSeconds
}

/**
 * Grants an address access to a program's data, within a transaction. Concurrent grants of one address add one row.
 *
 * @returns whether the grant is new
 */
export async function insertGrant(
  work: UnitOfWork,
  { program, email, actor, at }: Grant,
  maxGrants: number,
): Promise<boolean | Refusal> {
  const { db } = work
  const existing = await db.$queryRaw<unknown[]>`SELECT 1 FROM program WHERE id = ${program} FOR NO KEY UPDATE`
  if (existing.length === 0) return new Refusal('program_not_found')
  if (await db.programGrant.findUnique({ where: { program_email: { program, email } } })) return false
  if ((await db.programGrant.count({ where: { program } })) >= maxGrants) return new Refusal('too_many_grants')
  await db.programGrant.create({ data: { program, email, grantedBy: actor.username, granted: toDate(at) } })
  await appendProgramChange(work, { program, action: 'grant', email, ...byWhom(actor), at }, actor)
  return true
}

/** Deletes a grant, within a transaction; false when there is none, so that one removal is recorded once. */
export async function deleteGrant(
  work: UnitOfWork,
  { program, email }: { readonly program: string; readonly email: string },
  actor: Actor,
  at: EpochSeconds,
): Promise<boolean> {
  const { count } = await work.db.programGrant.deleteMany({ where: { program, email } })
  if (count > 0) await appendProgramChange(work, { program, action: 'remove', email, ...byWhom(actor), at }, actor)
  return count > 0
}

function byWhom({ username, address }: Actor) {
  return { actor: username, ...(address !== undefined && { address }) }
}

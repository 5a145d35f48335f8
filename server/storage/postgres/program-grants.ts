import type { EpochSeconds } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import { type Transaction, toDate } from './client.js'
import { appendProgramChange } from './program-history.js'

/** What became of a grant that was to be made. */
export type Granted = 'granted' | 'already' | 'too many' | 'no program'

/** Lets an address into a program; in a transaction. Of two at the same moment one is the one that did it. */
export async function insertGrant(
  db: Transaction,
  { program, email }: { readonly program: string; readonly email: string },
  actor: Actor,
  at: EpochSeconds,
  most: number,
): Promise<Granted> {
  const known = await db.$queryRaw<unknown[]>`SELECT 1 FROM program WHERE id = ${program} FOR NO KEY UPDATE`
  if (known.length === 0) return 'no program'
  if (await db.programGrant.findUnique({ where: { program_email: { program, email } } })) return 'already'
  if ((await db.programGrant.count({ where: { program } })) >= most) return 'too many'
  await db.programGrant.create({ data: { program, email, grantedBy: actor.username, granted: toDate(at) } })
  await appendProgramChange(db, { program, action: 'grant', email, ...byWhom(actor), at })
  return 'granted'
}

/** Takes a grant back; false when there is none, so that one removal is recorded once. In a transaction. */
export async function deleteGrant(
  db: Transaction,
  { program, email }: { readonly program: string; readonly email: string },
  actor: Actor,
  at: EpochSeconds,
): Promise<boolean> {
  const { count } = await db.programGrant.deleteMany({ where: { program, email } })
  if (count > 0) await appendProgramChange(db, { program, action: 'remove', email, ...byWhom(actor), at })
  return count > 0
}

function byWhom({ username, address }: Actor) {
  return { actor: username, ...(address !== undefined && { address }) }
}

import type { ProgramAccess } from '../core/programs/exclusive-access.js'
import { type ProgramStanding, standingOf } from '../core/programs/program.js'
import type { Context } from '../storage/context.js'
import {
  findProgramsOf,
  isInvestigator as isInvestigatorAs,
  type StoredProgram,
  searchPrograms,
} from '../storage/postgres/programs/programs.js'
import { accessVerdict, type TokenHolder } from './access.js'
import { identitiesOf } from './identities.js'

/** A program in a user's list. */
export interface OwnProgram {
  readonly program: StoredProgram
  readonly standing: Exclude<ProgramStanding, 'none'>
  /** The access that the user's token has now. */
  readonly access: ProgramAccess
}

/** No user investigates as many; a list that long belongs to an archive's own account. */
const MAX_OWN = 2_000

/** Lists the programs of which a user is an investigator or grantee, by identifier. */
export async function programsOf(context: Context, holder: TokenHolder): Promise<OwnProgram[]> {
  const who = await identitiesOf(context, holder.username)
  const programs = await findProgramsOf(context.postgres, who, MAX_OWN)
  return programs.flatMap((program) => {
    const standing = standingOf(program, who)
    if (standing === 'none') return []
    return [{ program, standing, access: accessVerdict(context, program, holder, who) }]
  })
}

/** Returns whether a user is an investigator of any program. */
export async function isInvestigator(context: Context, username: string): Promise<boolean> {
  return isInvestigatorAs(context.postgres, await identitiesOf(context, username))
}

/** Searches programs by a typed text; also returns whether there are more. */
export async function findByText(
  context: Context,
  typed: string,
  most: number,
): Promise<{ readonly programs: readonly StoredProgram[]; readonly more: boolean }> {
  const text = typed
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toLowerCase()
  const found = await searchPrograms(context.postgres, text, most + 1)
  return { programs: found.slice(0, most), more: found.length > most }
}

import type { ProgramAccess } from '../core/programs/exclusive-access.js'
import { type ProgramStanding, standingOf } from '../core/programs/program.js'
import type { Context } from '../storage/context.js'
import {
  findProgramsOf,
  isInvestigator as isInvestigatorAs,
  type StoredProgram,
  searchPrograms,
} from '../storage/postgres/programs.js'
import { accessVerdict, identitiesOf, type TokenHolder } from './access.js'

/** A program in somebody's list. */
export interface OwnProgram {
  readonly program: StoredProgram
  readonly standing: Exclude<ProgramStanding, 'none'>
  /** What their token gets of it now. */
  readonly access: ProgramAccess
}

/** Nobody investigates as many; a list that long is an archive's own account. */
const MAX_OWN = 2_000

/** The programs that somebody is an investigator of or was let into, by identifier. */
export async function programsOf(context: Context, holder: TokenHolder): Promise<OwnProgram[]> {
  const who = await identitiesOf(context, holder.username)
  const programs = await findProgramsOf(context.postgres, who, MAX_OWN)
  return programs.flatMap((program) => {
    const standing = standingOf(program, who)
    if (standing === 'none') return []
    return [{ program, standing, access: accessVerdict(context, program, holder, who) }]
  })
}

/** Whether somebody is an investigator of any program. */
export async function isInvestigator(context: Context, username: string): Promise<boolean> {
  return isInvestigatorAs(context.postgres, await identitiesOf(context, username))
}

/** Programs by what somebody typed, and whether there are more. */
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

import { Refusal } from '../core/access/refusal.js'
import { type Applicant, decideDataAccess, type ProgramAccess } from '../core/programs/exclusive-access.js'
import { isProgramId, type KnownAs, type Program, type ProgramPeople, standingOf } from '../core/programs/program.js'
import type { Scope } from '../core/token/scope.js'
import type { Context } from '../storage/context.js'
import { findPrograms } from '../storage/postgres/programs/programs.js'
import { cachedNames, cachedProgram } from './cache.js'
import { identitiesOf } from './identities.js'

/** Whose token it is that asks, and what it may do. */
export interface TokenHolder {
  readonly username: string
  readonly scopes: readonly Scope[]
}

/** Returns a user's access to each of these programs; an unknown program counts as exclusive. */
export async function accessTo(
  context: Context,
  holder: TokenHolder,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly access: ProgramAccess }[]> {
  const [who, found] = await Promise.all([
    identitiesOf(context, holder.username),
    findPrograms(context.postgres, [...new Set(ids.filter(isProgramId))]),
  ])
  const programs = new Map(found.map((program) => [program.id, program]))
  return ids.map((id) => ({ id, access: accessVerdict(context, programs.get(id), holder, who) }))
}

export function accessVerdict(
  context: Context,
  program: (Program & ProgramPeople) | undefined,
  { scopes }: Pick<TokenHolder, 'scopes'>,
  who: KnownAs,
): ProgramAccess {
  const decided = decide(context, program, program && { scopes, standing: standingOf(program, who) })
  return decided instanceof Refusal ? 'exclusive' : decided
}

/** For the check: whether all of these programs are public at this moment, or why not even one who belongs to them may pass. */
export async function areAllPublic(context: Context, ids: readonly string[]): Promise<boolean | Refusal> {
  const programs = await Promise.all(ids.map((id) => cachedProgram(context, id)))
  const decisions = programs.map((program) => decide(context, program, undefined))
  const unknown = decisions.find((each) => each instanceof Refusal && each.code === 'program_unknown')
  if (unknown instanceof Refusal) return unknown
  return decisions.every((each) => each === 'public')
}

/**
 * Returns, for the check, why a signed-in user may not read the data of all of these programs; if they may, those programs
 * that are not public.
 */
export async function judgeHolder(
  context: Context,
  { username, scopes }: TokenHolder,
  ids: readonly string[],
): Promise<readonly string[] | Refusal> {
  const who = await cachedNames(context, username)
  const exclusive = new Set<string>()
  for (const id of ids) {
    const program = await cachedProgram(context, id)
    const asking = program && { scopes, standing: standingOf(program, who) }
    const decided = decide(context, program, asking)
    if (decided instanceof Refusal) return decided
    if (decided === 'allowed') exclusive.add(id)
  }
  return [...exclusive]
}

function decide({ settings, clock }: Context, program: Program | undefined, asking: Applicant | undefined) {
  return decideDataAccess(program, asking, settings.programs?.scope, clock())
}

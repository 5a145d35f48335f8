import { Refusal } from '../access/refusal.js'
import type { EpochSeconds } from '../time.js'
import type { Scope } from '../token/scope.js'
import { isPublic, type Program, type ProgramStanding } from './program.js'

/** A user who asks for a program's data with a valid token. */
export interface Applicant {
  readonly scopes: readonly Scope[]
  readonly standing: ProgramStanding
}

/** The access that a portal shows beside a program: no lock, an open lock, or a closed one. */
export type ProgramAccess = 'public' | 'allowed' | 'exclusive'

/**
 * Decides whether a program's data may be read at this instant. Public data may be read by every client, signed in or
 * not. Exclusive data may be read by the program's investigators and grantees, with a token that has the scope for them.
 *
 * The scope is tested before the role: a token without the scope must not reveal whose data they are.
 *
 * @param program absent: there is no such program, and access is refused
 * @param asking absent: an anonymous client
 * @param scope absent: the site has no scope for exclusive data, so no token can hold it
 */
export function decideDataAccess(
  program: Program | undefined,
  asking: Applicant | undefined,
  scope: Scope | undefined,
  now: EpochSeconds,
): Exclude<ProgramAccess, 'exclusive'> | Refusal {
  if (!program) return new Refusal('program_unknown')
  if (isPublic(program, now)) return 'public'
  if (!asking) return new Refusal('no_authorization')
  if (scope === undefined || !asking.scopes.includes(scope)) return new Refusal('insufficient_scope')
  return asking.standing === 'none' ? new Refusal('exclusive_access') : 'allowed'
}

import { Refusal } from '../access/refusal.js'
import type { EpochSeconds } from '../time.js'
import type { Scope } from '../token/scope.js'
import { isPublic, type Program, type ProgramStanding } from './program.js'

/** Whoever asks for the data of a program, with a token that is good. */
export interface Applicant {
  readonly scopes: readonly Scope[]
  readonly standing: ProgramStanding
}

/** What a portal shows beside a program: nothing, an open lock, or a closed one. */
export type ProgramAccess = 'public' | 'allowed' | 'exclusive'

/**
 * Whether the data of a program may be read at this instant: by anybody when they are public; before that by whoever is
 * signed in, belongs to the program, and uses a token that was made for such data.
 *
 * The scope comes before the standing: a token that was not made for exclusive data is not told whose data they are.
 *
 * @param program absent: there is none of that identifier, which lets nobody in
 * @param asking absent: the anonymous
 * @param scope absent: the site has none for exclusive data, so nobody can hold it
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

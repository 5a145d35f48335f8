import type { ParameterError } from '../core/access/fastapi-parameters.js'
import { Refusal } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import { type ProgramInPath, plainPath } from '../core/programs/path.js'
import type { Scope } from '../core/token/scope.js'
import { areAllPublic, refuseHolder, type TokenHolder } from '../programs/access.js'
import type { Context } from '../storage/context.js'
import type { OriginalRequest } from './original-request.js'

/** What the programs of a location make of its requirement at this instant. */
export interface ProgramGate {
  /** As the location has it; but open where everything is public, and closed where anything is not, whatever it says. */
  readonly optional: Requirement['optional']
  /** Absent: the programs keep nobody out. */
  readonly exclusive?: {
    /** Why somebody who is signed in may not pass. */
    readonly refuse: (holder: TokenHolder) => Promise<Refusal | undefined>
    readonly scope: Scope
  }
}

/**
 * Finds out whether the programs of a location are public, before anybody is asked who they are. Where they are, the
 * anonymous pass, and so does whoever shows a token that is stale; where they are not, nobody passes as nobody.
 *
 * @returns why nobody at all may pass, or what the operator got wrong
 */
export async function openProgramGate(
  context: Context,
  { programs, optional }: Requirement,
  original: OriginalRequest,
): Promise<ProgramGate | Refusal | ParameterError> {
  if (!programs) return { optional }
  const { settings } = context
  if (!settings.programs) return misconfigured('program needs "programs" in the configuration')
  const { scope, pattern } = settings.programs
  if (programs === 'from_url' && !pattern)
    return misconfigured('from_url needs "programs.pattern" in the configuration')
  const ids = programs === 'from_url' ? programsIn(original, pattern) : programs
  if (ids.length === 0) return new Refusal('program_unknown')
  const open = await areAllPublic(context, ids)
  if (open instanceof Refusal) return open
  if (open) return { optional: optional === 'false' ? 'true' : optional }
  return { optional: 'false', exclusive: { scope, refuse: (holder) => refuseHolder(context, holder, ids) } }
}

/**
 * The program in the path of the request. A path in which there is none, or that could be read in two ways, is refused:
 * what is public and stands elsewhere has a location of its own.
 */
function programsIn({ url }: OriginalRequest, pattern: ProgramInPath | undefined): string[] {
  const path = url === undefined ? undefined : plainPath(url)
  const id = path === undefined ? undefined : pattern?.(path)
  return id === undefined ? [] : [id]
}

function misconfigured(msg: string): ParameterError {
  return { type: 'invalid_program', loc: ['query', 'program'], msg }
}

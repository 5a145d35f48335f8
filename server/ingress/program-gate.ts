import type { ParameterError } from '../core/access/fastapi-parameters.js'
import { Refusal } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import { type ProgramInPath, plainPath } from '../core/programs/path.js'
import type { Scope } from '../core/token/scope.js'
import { areAllPublic, refuseHolder, type TokenHolder } from '../programs/access.js'
import type { Context } from '../storage/context.js'
import type { OriginalRequest } from './original-request.js'

/** The effect of a location's observing programs on its requirement, at this instant. */
export interface ProgramGate {
  /** The location's own value, unless its programs override it: optional if all are public, required if any is not. */
  readonly optional: Requirement['optional']
  /** Absent if the programs restrict access for no user. */
  readonly exclusive?: {
    /** Refuses a token whose owner may not read the data. */
    readonly refuse: (holder: TokenHolder) => Promise<Refusal | undefined>
    readonly scope: Scope
  }
}

/**
 * Determines whether the programs of a location are public, before authentication. If they are, anonymous requests and those
 * with an expired token pass; if not, every request needs a user.
 *
 * @returns a `Refusal` of every request. A `ParameterError` is no refusal: the location's own parameters are unusable, and
 *   the check says so to every client
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
 * Finds the program in the path of the request. A path without one, or with two readings, is refused: public data elsewhere
 * have a location of their own.
 */
function programsIn({ url }: OriginalRequest, pattern: ProgramInPath | undefined): string[] {
  const path = url === undefined ? undefined : plainPath(url)
  const id = path === undefined ? undefined : pattern?.(path)
  return id === undefined ? [] : [id]
}

function misconfigured(msg: string): ParameterError {
  return { type: 'invalid_program', loc: ['query', 'program'], msg }
}

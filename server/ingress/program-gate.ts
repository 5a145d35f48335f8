import type { ParameterError } from '../core/access/fastapi-parameters.js'
import { Refusal } from '../core/access/refusal.js'
import type { ProgramsAsked, Requirement } from '../core/access/requirement.js'
import { plainParameter } from '../core/programs/parameter.js'
import { type FindsProgram, plainPath } from '../core/programs/path.js'
import { storedFile } from '../core/programs/reads.js'
import type { Scope } from '../core/token/scope.js'
import { areAllPublic, judgeHolder, type TokenHolder } from '../programs/access.js'
import type { Settings } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import type { OriginalRequest } from './original-request.js'

/** Where the settings say that a program stands. */
type ProgramPatterns = NonNullable<Settings['programs']>

/** The effect of a location's observing programs on its requirement, at this instant. */
export interface ProgramGate {
  /** The location's own value, unless its programs override it: optional if all are public, required if one of them is not. */
  readonly optional: Requirement['optional']
  /** Absent if the programs restrict access for no user. */
  readonly exclusive?: {
    /** Refuses a token whose owner may not read the data; or returns the programs, those that are public left out. */
    readonly judge: (holder: TokenHolder) => Promise<readonly string[] | Refusal>
    readonly scope: Scope
    /** What is asked for, as the record of a program's reads has it. */
    readonly file: string
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
  const { scope } = settings.programs
  const asked = programsAsked(settings.programs, programs, original)
  if ('type' in asked) return asked
  const { ids, file = pathOf(original) } = asked
  if (ids.length === 0) return new Refusal('program_unknown')
  const open = await areAllPublic(context, ids)
  if (open instanceof Refusal) return open
  if (open) return { optional: optional === 'false' ? 'true' : optional }
  const judge = (holder: TokenHolder) => judgeHolder(context, holder, ids)
  return { optional: 'false', exclusive: { scope, judge, file: storedFile(file) } }
}

function programsAsked(
  { pattern, parameters }: ProgramPatterns,
  programs: ProgramsAsked,
  original: OriginalRequest,
): { readonly ids: readonly string[]; readonly file?: string } | ParameterError {
  if (programs === 'from_url')
    return pattern
      ? { ids: programInPath(original, pattern) }
      : misconfigured('from_url needs "programs.pattern" in the configuration')
  if (!('parameter' in programs)) return { ids: programs }
  const find = parameters.get(programs.parameter)
  return find
    ? programInParameter(original, programs.parameter, find)
    : misconfigured(`program_parameter needs "programs.parameters.${programs.parameter}" in the configuration`)
}

/**
 * Finds the program in the path of the request. A path without one, or with two readings, is refused: public data elsewhere
 * have a location of their own.
 */
function programInPath({ url }: OriginalRequest, find: FindsProgram): string[] {
  const path = url === undefined ? undefined : plainPath(url)
  return listed(path === undefined ? undefined : find(path))
}

/**
 * Finds the program in a parameter of the query.
 *
 * Attack: a form has the same parameter in its body, which no check sees, and the service prefers it. So only what has no
 * body is read.
 */
function programInParameter({ method, url }: OriginalRequest, name: string, find: FindsProgram) {
  if ((method !== 'GET' && method !== 'HEAD') || url === undefined || plainPath(url) === undefined) return { ids: [] }
  const value = plainParameter(url, name)
  return value === undefined ? { ids: [] } : { ids: listed(find(value)), file: value }
}

/** Returns the path as the client spelt it. The query string may hold secrets of the service. */
function pathOf({ url = '' }: OriginalRequest): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] || '/'
}

function listed(id: string | undefined): string[] {
  return id === undefined ? [] : [id]
}

function misconfigured(msg: string): ParameterError {
  return { type: 'invalid_program', loc: ['query', 'program'], msg }
}

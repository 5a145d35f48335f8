import { RE2JS } from 're2js'
import { z } from 'zod'
import type { ProgramInPath } from '../core/programs/path.js'

/**
 * A regular expression in RE2's syntax for a whole path, with a group that is named `program`:
 * `/data/(?<program>[^/]+)/.*`.
 *
 * Attack: the pattern is the operator's, but the paths are any client's, and matched before authentication. With the language's own
 * expressions an innocent-looking `/(?<program>(\w+-?)+)/` takes minutes for a path that was made for it; RE2's take a
 * time that grows only linearly with the length of the path.
 *
 * It has to match from end to end: found somewhere inside, the program of `/data/1/data/2/x` would be a matter of taste.
 */
export const programPattern = z.string().transform((source, context): ProgramInPath => {
  const pattern = compile(source)
  if (pattern && 'program' in pattern.namedGroups()) return (path) => programIn(pattern, path)
  const message = pattern
    ? 'must have a group (?<program>…)'
    : 'must be a regular expression in the syntax of RE2 (no look-ahead and no back-references)'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

function compile(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source)
  } catch {
    return undefined
  }
}

function programIn(pattern: RE2JS, path: string): string | undefined {
  const matcher = pattern.matcher(path)
  return matcher.matches() ? (matcher.group('program') ?? undefined) : undefined
}

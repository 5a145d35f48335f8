import { RE2JS } from 're2js'
import { z } from 'zod'

/** Returns the text of a pattern's group in a text that matches from end to end; undefined for any other text. */
export type WholeMatch = (text: string) => string | undefined

/**
 * A regular expression in RE2's syntax for a whole text, with a group of the given name.
 *
 * Attack: the pattern is the operator's, but the texts are a client's. With the language's own expressions an innocent-looking
 * `(?<program>(\w+-?)+)` takes minutes for a text that was made for it; RE2's take a time that grows only linearly with the
 * length of the text.
 */
export function wholePattern(group: string, example: string) {
  return z
    .string()
    .meta({ example })
    .transform((source, context): WholeMatch => {
      const pattern = compile(source)
      if (pattern && group in pattern.namedGroups()) return (text) => groupIn(pattern, group, text)
      const rule = pattern
        ? `must have a group (?<${group}>…)`
        : 'must be a regular expression in the syntax of RE2 (no look-ahead and no back-references)'
      context.addIssue({ code: 'custom', message: `${rule}, such as ${example}` })
      return z.NEVER
    })
}

function compile(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source)
  } catch {
    return undefined
  }
}

function groupIn(pattern: RE2JS, group: string, text: string): string | undefined {
  const matcher = pattern.matcher(text)
  return matcher.matches() ? (matcher.group(group) ?? undefined) : undefined
}

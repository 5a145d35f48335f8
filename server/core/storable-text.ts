/** Where in a value a text is: the names and indices that lead to it. */
export type TextPath = readonly (string | number)[]

/** NUL, and halves of surrogate pairs. */
const UNSTORABLE = /[\0\p{Cs}]/u

/** The texts that {@link isStorable} takes, for readers of a document, whose texts have no half a surrogate pair. */
export const STORABLE = '^[^\\x00]*$'

/**
 * Returns whether PostgreSQL can store or compare a text. It refuses NUL, and in JSON half a surrogate pair, with an error
 * that would look like a defect of ours.
 */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text)
}

/** Finds the first text in a value that PostgreSQL would refuse, also among the names of members. */
export function findUnstorable(value: unknown, path: TextPath = []): TextPath | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path
  if (Array.isArray(value)) return firstOf(value.entries(), path)
  if (typeof value === 'object' && value !== null) return firstOf(Object.entries(value), path)
  return undefined
}

function firstOf(members: Iterable<[string | number, unknown]>, path: TextPath): TextPath | undefined {
  for (const [name, value] of members) {
    const at = [...path, name]
    if (typeof name === 'string' && !isStorable(name)) return at
    const found = findUnstorable(value, at)
    if (found) return found
  }
  return undefined
}

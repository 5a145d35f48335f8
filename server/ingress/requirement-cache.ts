import { type CompiledRequirement, compileRequirement } from '../core/access/requirement.js'

/** More than the locations of any site; fewer than somebody who could invent query strings might like. */
const MAX_REQUIREMENTS = 1000

/**
 * Compiles each distinct query string once. There is one for each protected location, so they are all here soon; the
 * oldest goes when somebody makes them up.
 */
export function requirementCache(): (query: string) => CompiledRequirement {
  const compiled = new Map<string, CompiledRequirement>()
  return (query) => {
    const known = compiled.get(query)
    if (known) return known
    const fresh = compileRequirement(new URLSearchParams(query))
    if (compiled.size >= MAX_REQUIREMENTS) compiled.delete(compiled.keys().next().value ?? '')
    compiled.set(query, fresh)
    return fresh
  }
}

import { LRUCache } from 'lru-cache'
import { type CompiledRequirement, compileRequirement } from '../core/access/requirement.js'

/** More than the protected locations of a site. */
export const MAX_REQUIREMENTS = 1000

/**
 * Compiles each distinct query string once; a site has one for each protected location. The least recently used is evicted, so
 * that invented query strings do not evict those of the site.
 */
export function requirementCache(): (query: string) => CompiledRequirement {
  const cache = new LRUCache<string, CompiledRequirement>({ max: MAX_REQUIREMENTS })
  return (query) => {
    const cached = cache.get(query)
    if (cached) return cached
    const compiled = compileRequirement(new URLSearchParams(query))
    cache.set(query, compiled)
    return compiled
  }
}

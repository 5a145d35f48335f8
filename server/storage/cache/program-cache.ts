import type { StoredProgram } from '../postgres/programs.js'
import type { DependentCache } from './dependent-cache.js'
import type { TokenCache } from './token-cache.js'

const MAX_PROGRAMS = 5_000
const MAX_USERS = 10_000

/** Caches the programs and the verified e-mail addresses that access to their data depends on. */
export interface ProgramCache {
  /** By program id; an unknown program is cached as undefined. */
  readonly programs: DependentCache<StoredProgram | undefined>
  /** Verified e-mail addresses by user name. */
  readonly emails: DependentCache<readonly string[]>
}

export function createProgramCache(tokenCache: TokenCache): ProgramCache {
  return { programs: tokenCache.derivedCache(MAX_PROGRAMS), emails: tokenCache.derivedCache(MAX_USERS) }
}

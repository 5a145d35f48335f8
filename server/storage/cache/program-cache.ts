import type { KnownAs } from '../../core/programs/program.js'
import type { StoredProgram } from '../postgres/programs/programs.js'
import type { DependentCache } from './dependent-cache.js'
import type { TokenCache } from './token-cache.js'

const MAX_PROGRAMS = 5_000
const MAX_USERS = 10_000

/** Caches the programs and the names of users that access to their data depends on. */
export interface ProgramCache {
  /** By program id; an unknown program is cached as undefined. */
  readonly programs: DependentCache<StoredProgram | undefined>
  /** A user's names in programs, by user name. */
  readonly names: DependentCache<KnownAs>
}

export function createProgramCache(tokenCache: TokenCache): ProgramCache {
  return { programs: tokenCache.derivedCache(MAX_PROGRAMS), names: tokenCache.derivedCache(MAX_USERS) }
}

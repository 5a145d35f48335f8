import { GAFAELFAWR } from '../../../core/gafaelfawr/source.js'
import type { Actor } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import type { DatabaseSnapshot } from '../../../storage/gafaelfawr/database-source.js'
import { followRevocations, type LivingImport, livingImports } from '../../../storage/postgres/imports/follow.js'
import { commit } from '../../../storage/unit-of-work.js'

const TOKENS_PER_BATCH = 500
const TOKENS_PER_QUERY = 1_000

interface EndingOptions {
  readonly actor: Actor
  readonly history: boolean
  readonly dryRun: boolean
}

/**
 * Ends the tokens that were revoked at Gafaelfawr since their import: Redis has them no more, and the history says so.
 *
 * Attack, or accident: an old Redis that is empty, flushed or another one has no token at all. It ends none here, for no
 * revocation of them is in the history.
 */
export async function endRevoked(
  context: Context,
  there: ReadonlySet<string>,
  snapshot: DatabaseSnapshot,
  { actor, history, dryRun }: EndingOptions,
): Promise<{ readonly revoked: number; readonly missing: number }> {
  const gone = await goneFrom(context, there)
  const ended: LivingImport[] = []
  for (let from = 0; from < gone.length; from += TOKENS_PER_QUERY) {
    const part = gone.slice(from, from + TOKENS_PER_QUERY)
    const revoked = await snapshot.revoked(part.map(({ key }) => key))
    ended.push(...part.filter(({ key }) => revoked.has(key)))
  }
  if (dryRun) return { revoked: ended.length, missing: gone.length - ended.length }
  // Children first, each with the entry of its own that the history there has.
  const keys = [...ended.filter(({ parent }) => parent !== null), ...ended.filter(({ parent }) => parent === null)]
  for (let from = 0; from < keys.length; from += TOKENS_PER_BATCH) {
    const part = keys.slice(from, from + TOKENS_PER_BATCH).map(({ key }) => key)
    const how = { actor, now: context.clock(), withHistory: history }
    await commit(context, (work) => followRevocations(work, part, how))
  }
  return { revoked: ended.length, missing: gone.length - ended.length }
}

/** Lists the imported tokens that are valid here, and not among those that are there. */
async function goneFrom(context: Context, there: ReadonlySet<string>): Promise<LivingImport[]> {
  const gone: LivingImport[] = []
  for (let after: TokenKey | '' = ''; ; ) {
    const page = { after, now: context.clock(), limit: TOKENS_PER_QUERY }
    const living: readonly LivingImport[] = await livingImports(context.postgres, GAFAELFAWR, page)
    gone.push(...living.filter(({ key }) => !there.has(key)))
    after = living.at(-1)?.key ?? ''
    if (living.length < TOKENS_PER_QUERY) return gone
  }
}

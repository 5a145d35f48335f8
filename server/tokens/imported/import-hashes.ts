import type { ReadHash } from '../../core/token/foreign/hash-row.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { type ImportOutcome, importTokens } from '../../storage/postgres/imports/import-tokens.js'
import { insertRecipes } from '../../storage/postgres/imports/recipes.js'
import { commit } from '../../storage/unit-of-work.js'

/**
 * Imports tokens by their hashes, each once and all or none. One that was imported before stays as it is, revoked or edited.
 *
 * @param tokens at most some hundreds, each key once
 */
export function importHashes(
  context: Context,
  tokens: readonly ReadHash[],
): Promise<ReadonlyMap<TokenKey, ImportOutcome>> {
  const how = { source: 'hashes', actor: { username: OPERATOR_ACTOR }, now: context.clock() }
  return commit(context, async (work) => {
    const outcomes = await importTokens(work, tokens, how)
    const recipes = tokens.flatMap(({ record: { key }, recipe }) =>
      recipe && outcomes.get(key) === 'imported' ? [{ key, ...recipe }] : [],
    )
    await insertRecipes(work.db, recipes)
    return outcomes
  })
}

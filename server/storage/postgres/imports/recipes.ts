import type { Recipe } from '../../../core/token/foreign/jupyterhub.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Postgres, Transaction } from '../client.js'

/** How an imported token was hashed elsewhere, and the characters that it begins with. */
export interface StoredRecipe {
  readonly key: TokenKey
  readonly prefix: string
  readonly recipe: Recipe
}

const LOCK = 7_341_902_127

/**
 * Inserts recipes, in the transaction that inserts their tokens. One transaction at a time: readers go on from the last id that they
 * have read, and would miss a lower one that is committed later.
 */
export async function insertRecipes(db: Transaction, recipes: readonly StoredRecipe[]): Promise<void> {
  if (recipes.length === 0) return
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK})`
  const data = recipes.map(({ key, ...rest }) => ({ token: key, ...rest }))
  await db.tokenRecipe.createMany({ data })
}

/** Lists recipes after an id, oldest first, with their ids. */
export async function recipesAfter(
  { pool }: Postgres,
  after: string,
  limit: number,
): Promise<readonly (StoredRecipe & { readonly id: string })[]> {
  const text = 'SELECT id::text, token AS key, prefix, recipe FROM token_recipe WHERE id > $1 ORDER BY id LIMIT $2'
  const { rows } = await pool.query<StoredRecipe & { id: string }>(text, [after, limit])
  return rows
}

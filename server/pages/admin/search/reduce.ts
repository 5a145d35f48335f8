import { searchQuery } from '../../../core/search/query.js'
import type { Context } from '../../../storage/context.js'
import { isToken } from './find.js'

/**
 * Reduces a text to one without a secret, as `searchQuery` does. A token that was imported by its hash has no mark: its key is
 * derived.
 */
export async function withoutSecret(context: Context, text: string): Promise<string> {
  const foreign = context.foreignTokens.read(text.trim())
  const complete = foreign && (await context.foreignTokens.complete(foreign))
  return complete && (await isToken(context, complete.key)) ? complete.key : searchQuery(text)
}

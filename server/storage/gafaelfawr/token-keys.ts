import type { RedisClient } from '../redis/client.js'
import { scanKeys } from '../redis/scan-keys.js'

const TOKENS = 'token:'

/** Where Gafaelfawr's Redis has a token. */
export const tokenAt = (key: string) => TOKENS + key

/** Lists the keys of all its tokens, each once. */
export async function listTokens(redis: RedisClient): Promise<ReadonlySet<string>> {
  const listed = new Set<string>()
  for await (const names of scanKeys(redis, `${TOKENS}*`)) {
    for (const name of names) listed.add(name.slice(TOKENS.length))
  }
  return listed
}

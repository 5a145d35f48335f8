import { parseFernetKey } from '../../core/gafaelfawr/fernet.js'
import { type GafaelfawrToken, readStoredToken, type StoredTokenFault } from '../../core/gafaelfawr/stored-token.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { GafaelfawrSettings } from '../../settings/moving/gafaelfawr.js'
import type { GafaelfawrStores, TokenFacts } from '../../storage/gafaelfawr/stores.js'

/** A value of Gafaelfawr's Redis with what its database has of the token. */
export interface StoredValue extends TokenFacts {
  readonly key: TokenKey
  readonly value: string
}

/** Reads what these tokens were made from, and so on; parents come before their children. */
export async function withAncestors(
  stores: GafaelfawrStores,
  values: ReadonlyMap<TokenKey, string>,
): Promise<readonly StoredValue[]> {
  const facts = await stores.facts([...values.keys()])
  const ancestors = await stores.values([...facts.keys()].filter((key) => !values.has(key)))
  const all = new Map([...ancestors, ...values])
  const ordered = new Map<TokenKey, StoredValue>()
  const add = (key: TokenKey) => {
    const value = all.get(key)
    if (value === undefined || ordered.has(key)) return
    const known = facts.get(key)
    if (known?.parent !== undefined) add(known.parent)
    ordered.set(key, { key, value, ...known })
  }
  for (const key of all.keys()) add(key)
  return [...ordered.values()]
}

/** Decrypts a value, and adds what the database has. */
export function readValue(
  { key, value, name, parent }: StoredValue,
  { sessionSecret, followGroups }: GafaelfawrSettings,
  now: EpochSeconds,
): GafaelfawrToken | StoredTokenFault {
  const session = parseFernetKey(sessionSecret)
  const token = session ? readStoredToken(key, value, session, { now, scopesKept: !followGroups }) : 'wrong-secret'
  if (typeof token === 'string') return token
  const record = { ...token.record, ...(name !== undefined && { name }), ...(parent !== undefined && { parent }) }
  return { ...token, record }
}

import { STORED_TOKEN_FAULTS, type StoredTokenFault } from '../../core/gafaelfawr/stored-token.js'
import { INTERNAL } from '../../core/token/history.js'
import { hashSecret, type TokenKey } from '../../core/token/token.js'
import type { GafaelfawrSettings } from '../../settings/moving/gafaelfawr.js'
import type { Context } from '../../storage/context.js'
import type { GafaelfawrStores } from '../../storage/gafaelfawr/stores.js'
import type { FoundKeys } from '../../storage/key-batches.js'
import { type ImportOutcome, importTokens } from '../../storage/postgres/imports/import-tokens.js'
import type { ImportedToken } from '../../storage/postgres/imports/imported-token.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { commit } from '../../storage/unit-of-work.js'
import type { FormerStore } from '../../storage/unsealed-key-lookup.js'
import { readValue, type StoredValue, withAncestors } from './read-values.js'

const NONE: FoundKeys = { found: new Set() }
/** Faults of values with which Gafaelfawr admits no token, either. Of all others it may. */
const DEAD: ReadonlySet<StoredTokenFault> = new Set(['ended', 'key-form', 'key-of-another'])

/**
 * Takes over tokens of Gafaelfawr when they are first used, each once: what was revoked or edited here since stays so. They
 * come with the tokens that they were made from, and end with these.
 *
 * An outage is no refusal: while Gafaelfawr's Redis does not answer, a key is undecided that was in it when it was last listed,
 * or that the database has as unexpired. No other token can be valid: a new one is in both before its user has it.
 *
 * Attack: a flood of invented keys. A batch of them is one command to Gafaelfawr's Redis, or one query while that is away.
 */
export function readThrough(context: Context, former: GafaelfawrSettings, stores: GafaelfawrStores): FormerStore {
  return {
    isListed: (key) => stores.isListed(key),
    async takeOver(keys) {
      const values = await unlessAway(() => stores.values(keys))
      if (!values) return { ...NONE, undecided: await possiblyValid(context, stores, keys) }
      if (values.size === 0) return NONE
      const found = [...values.keys()]
      const wanted = await unlessAway(() => withAncestors(stores, values))
      if (!wanted) return { ...NONE, undecided: new Set(found) }
      const { tokens, undecided } = readAll(context, former, wanted)
      if (tokens.length === 0) return { ...NONE, undecided }
      const how = { source: 'gafaelfawr', actor: INTERNAL, now: context.clock() }
      const outcomes = await commit(context, (work) => importTokens(work, tokens, how))
      const are = (...wanted: (ImportOutcome | undefined)[]) =>
        found.filter((key) => wanted.includes(outcomes.get(key)))
      // The token that an orphan was made from may be one of those that could not be read.
      const orphans = undecided.size > 0 ? are('orphan') : []
      return { found: new Set(are('imported', 'known')), undecided: new Set([...undecided, ...orphans]) }
    },
  }
}

/** Decrypts the values. Those that Gafaelfawr may admit and that cannot be read here are undecided, and logged. */
function readAll(
  { outages, clock }: Context,
  former: GafaelfawrSettings,
  wanted: readonly StoredValue[],
): { readonly tokens: readonly ImportedToken[]; readonly undecided: ReadonlySet<TokenKey> } {
  const tokens: ImportedToken[] = []
  const undecided = new Set<TokenKey>()
  for (const stored of wanted) {
    const token = readValue(stored, former, clock())
    if (typeof token !== 'string') {
      tokens.push({ record: token.record, secretHash: hashSecret(token.secret) })
      continue
    }
    if (!DEAD.has(token)) undecided.add(stored.key)
    const fault = new Error(`The value of ${stored.key} ${STORED_TOKEN_FAULTS[token]}`)
    if (token !== 'ended') outages.error('Token of Gafaelfawr cannot be taken over', fault)
  }
  return { tokens, undecided }
}

/** Returns those that may be valid while Gafaelfawr's Redis does not answer. */
async function possiblyValid(
  { clock }: Context,
  stores: GafaelfawrStores,
  keys: readonly TokenKey[],
): Promise<ReadonlySet<TokenKey>> {
  const listed = keys.filter((key) => stores.isListed(key))
  const unexpired = await unlessAway(() => stores.unexpired(keys, clock()))
  return unexpired ? new Set([...listed, ...unexpired]) : new Set(keys)
}

/** Returns the answer of one of Gafaelfawr's stores; undefined when it does not answer. */
async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}

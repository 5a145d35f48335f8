import { judgeReturn } from '../../core/gafaelfawr/way-back.js'
import { hasExpired } from '../../core/token/lifetime.js'
import { isLasting, type TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { GafaelfawrSettings } from '../../settings/moving/gafaelfawr.js'
import type { Context } from '../../storage/context.js'
import type { GafaelfawrStores } from '../../storage/gafaelfawr/stores.js'
import { countOwnSessions, disabledAmong, importedKeys, tokensOf } from '../../storage/postgres/imports/way-back.js'
import { keysAfter } from '../../storage/postgres/tokens.js'
import { readValue, withAncestors } from './read-values.js'

/** A token that is another here than Gafaelfawr has it. */
export interface ChangedToken {
  readonly here: TokenRecord
  readonly there: TokenRecord
}

/** What going back to Gafaelfawr would change. */
export interface WayBack {
  /** Tokens that have ended or are suspended here, as Gafaelfawr has them: they would be valid again. */
  readonly revived: readonly TokenRecord[]
  /** Tokens of users who are disabled here. */
  readonly ofDisabled: readonly TokenRecord[]
  /** Tokens that may do more there, last longer, or may be used from more places. */
  readonly wider: readonly ChangedToken[]
  /** Tokens that lose what an edit here gave them. */
  readonly changed: readonly ChangedToken[]
  /** User and service tokens that Gafaelfawr does not have. */
  readonly onlyHere: readonly TokenRecord[]
  /** Sessions that began here. */
  readonly sessions: number
}

const KEYS_PER_BATCH = 500

/** Compares the tokens here with Gafaelfawr's. Changes nothing. */
export async function surveyWayBack(
  context: Context,
  former: GafaelfawrSettings,
  stores: GafaelfawrStores,
): Promise<WayBack> {
  await stores.list()
  const keys = [...stores.listed].sort()
  const parts: Compared[] = []
  for (let from = 0; from < keys.length; from += KEYS_PER_BATCH)
    parts.push(await compare(context, former, stores, keys.slice(from, from + KEYS_PER_BATCH)))
  return {
    revived: parts.flatMap(({ revived }) => revived),
    ofDisabled: parts.flatMap(({ ofDisabled }) => ofDisabled),
    wider: parts.flatMap(({ wider }) => wider),
    changed: parts.flatMap(({ changed }) => changed),
    onlyHere: await findOnlyHere(context, stores),
    sessions: await countOwnSessions(context.postgres, context.clock()),
  }
}

type Compared = Pick<WayBack, 'revived' | 'ofDisabled' | 'wider' | 'changed'>

async function compare(
  { postgres, clock }: Context,
  former: GafaelfawrSettings,
  stores: GafaelfawrStores,
  keys: readonly TokenKey[],
): Promise<Compared> {
  const now = clock()
  const stored = await withAncestors(stores, await stores.values(keys))
  const read = stored.map((value) => readValue(value, former, now)).filter((token) => typeof token !== 'string')
  const known = read.map(({ record }) => record.key)
  const [imported, here, disabled] = await Promise.all([
    importedKeys(postgres, known),
    tokensOf(postgres, known),
    disabledAmong(
      postgres,
      read.map(({ record }) => record.username),
    ),
  ])
  const found = { revived: [] as TokenRecord[], ofDisabled: [] as TokenRecord[] }
  const edited = { wider: [] as ChangedToken[], changed: [] as ChangedToken[] }
  const ended = new Set<TokenKey>()
  const wanted = new Set(keys)
  for (const { record: there } of read) {
    const own = here.get(there.key)
    // One that was never used here ends all the same with the token that it was made from.
    const isJudged = imported.has(there.key) || (there.parent !== undefined && ended.has(there.parent))
    const verdict = isJudged ? judgeReturn(own, there, now) : 'same'
    if (verdict === 'revived') ended.add(there.key)
    if (!wanted.has(there.key)) continue
    if (verdict === 'revived') found.revived.push(there)
    else if (disabled.has(there.username)) found.ofDisabled.push(there)
    else if (verdict !== 'same' && own) edited[verdict].push({ here: own, there })
  }
  return { ...found, ...edited }
}

async function findOnlyHere({ postgres, clock }: Context, stores: GafaelfawrStores): Promise<TokenRecord[]> {
  const found: TokenRecord[] = []
  for (let after = ''; ; ) {
    const keys = await keysAfter(postgres, after, KEYS_PER_BATCH)
    const tokens = await tokensOf(
      postgres,
      keys.filter((key) => !stores.isListed(key)),
    )
    for (const token of tokens.values()) if (isLasting(token) && !hasExpired(token.expires, clock())) found.push(token)
    after = keys.at(-1) ?? ''
    if (keys.length < KEYS_PER_BATCH) return found
  }
}

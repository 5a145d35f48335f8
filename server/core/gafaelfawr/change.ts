import type { EpochSeconds } from '../time.js'
import type { TokenHistoryEntry } from '../token/history.js'
import { INTERNAL_ACTOR } from '../token/history.js'
import { TOKEN_TYPES } from '../token/record.js'
import { isScope, type Scope, sortScopes } from '../token/scope.js'
import { isTokenKey, type TokenKey } from '../token/token.js'

/** A row of Gafaelfawr's history. Its scopes are one text, with commas between. */
export interface StoredChange {
  readonly token: string
  readonly username: string
  readonly tokenType: string
  readonly tokenName: string | null
  readonly parent: string | null
  readonly scopes: string
  readonly service: string | null
  readonly expires: EpochSeconds | null
  readonly actor: string | null
  readonly action: string
  readonly oldTokenName: string | null
  readonly oldScopes: string | null
  readonly oldExpires: EpochSeconds | null
  readonly address: string | null
  readonly at: EpochSeconds
}

const ACTIONS = ['create', 'edit', 'revoke', 'expire'] as const

/** Reads a change of Gafaelfawr's history; undefined for one of a token, type or action that is not known here. */
export function readStoredChange(row: StoredChange): TokenHistoryEntry | undefined {
  const tokenType = TOKEN_TYPES.find((type) => type === row.tokenType)
  const action = ACTIONS.find((known) => known === row.action)
  if (!tokenType || !action || !isTokenKey(row.token)) return undefined
  const { parent } = row
  return {
    token: row.token,
    username: row.username,
    tokenType,
    scopes: scopesOf(row.scopes),
    actor: row.actor ?? INTERNAL_ACTOR,
    action,
    at: row.at,
    ...(row.tokenName !== null && { tokenName: row.tokenName }),
    ...(parent !== null && { parent: parent as TokenKey }),
    ...(row.service !== null && { service: row.service }),
    ...(row.expires !== null && { expires: row.expires }),
    ...(row.address !== null && { address: row.address }),
    ...(action === 'edit' && { old: oldOf(row) }),
  }
}

function scopesOf(text: string): readonly Scope[] {
  return sortScopes(text.split(',').filter(isScope))
}

/**
 * Reads the replaced values. An end that is not told was "never", or was not changed; it was changed if nothing else was.
 */
function oldOf({ oldTokenName, oldScopes, oldExpires, expires }: StoredChange): NonNullable<TokenHistoryEntry['old']> {
  const alone = oldTokenName === null && oldScopes === null && expires !== null
  return {
    ...(oldTokenName !== null && { name: oldTokenName }),
    ...(oldScopes !== null && { scopes: scopesOf(oldScopes) }),
    ...((oldExpires !== null || alone) && { expires: oldExpires }),
  }
}

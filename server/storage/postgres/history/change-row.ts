import type { ActId } from '../../../core/token/act.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { Scope } from '../../../core/token/scope.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { TokenChangeModel } from '../../generated/models.js'
import { fromDate } from '../client.js'

/** The columns of a change for queries by hand, named as in Prisma. */
export const CHANGE_COLUMNS = `id, token, username, token_type AS "tokenType", token_name AS "tokenName", parent, scopes, service,
  expires, actor, actor_token AS "actorToken", action, old, host(address) AS address, act, reason, at`

export type ChangeRow = TokenChangeModel

export function toChange(row: ChangeRow): TokenHistoryEntry {
  return {
    token: row.token as TokenKey,
    username: row.username,
    tokenType: row.tokenType,
    scopes: row.scopes as Scope[],
    actor: row.actor,
    action: row.action,
    at: fromDate(row.at),
    ...(row.actorToken !== null && { actorToken: row.actorToken as TokenKey }),
    ...(row.tokenName !== null && { tokenName: row.tokenName }),
    ...(row.parent !== null && { parent: row.parent as TokenKey }),
    ...(row.service !== null && { service: row.service }),
    ...(row.expires && { expires: fromDate(row.expires) }),
    ...(row.old !== null && { old: row.old as NonNullable<TokenHistoryEntry['old']> }),
    ...(row.address !== null && { address: row.address }),
    ...(row.act !== null && { act: row.act as ActId }),
    ...(row.reason !== null && { reason: row.reason }),
  }
}

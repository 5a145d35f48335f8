import { Refusal } from '../core/access/refusal.js'
import type { EpochSeconds } from '../core/time.js'
import type { ReasonedActor } from '../core/token/history.js'
import type { TokenRecord, TokenType } from '../core/token/record.js'
import type { Scope } from '../core/token/scope.js'
import type { TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { listTokens } from './list.js'
import { revokeToken } from './revoke.js'
import { asOneAct } from './several/one-act.js'

/** Which of a user's tokens; all that are given must fit, and nothing given means all. */
export interface RevokeFilter {
  readonly type?: TokenType
  readonly createdBefore?: EpochSeconds
  /** Tokens that have this scope. */
  readonly scope?: Scope
}

/** Ends many of a user's tokens at once, for an incident. Answers the keys of those that it ended. */
export async function revokeMatching(
  context: Context,
  username: string,
  filter: RevokeFilter,
  actor: ReasonedActor,
): Promise<readonly TokenKey[]> {
  const one = asOneAct(context, actor)
  const ended: TokenKey[] = []
  for (const { key } of (await listTokens(context, username)).filter((token) => fits(token, filter))) {
    if (!((await revokeToken(context, username, key, one)) instanceof Refusal)) ended.push(key)
  }
  return ended
}

function fits(token: TokenRecord, { type, createdBefore, scope }: RevokeFilter): boolean {
  return (
    (type === undefined || token.type === type) &&
    (createdBefore === undefined || token.created < createdBefore) &&
    (scope === undefined || token.scopes.includes(scope))
  )
}

import type { GuardedAct } from '../core/access/reauthentication.js'
import { storedReason } from '../core/notices/notice.js'
import type { ReasonedActor } from '../core/token/history.js'
import type { Caller } from './authorize-caller.js'
import { storable } from './schemas/text.js'

/** The parameter of routes that revoke. */
export const revocationReason = storable
  .optional()
  .describe('For the audit trail, and for the owner when an administrator revokes; 500 characters')

interface OfUser {
  readonly caller: Caller
  readonly params: { readonly username: string }
}

/** Returns the act of a revocation: users revoke their own at any time. */
export function actOfRevocation({ caller, params }: OfUser): GuardedAct | undefined {
  return params.username === caller.username ? undefined : 'token.revoke-for-others'
}

/** Returns the caller as the actor of a revocation, with the reason that was given. */
export function withReason({ actor }: Pick<Caller, 'actor'>, given: string | undefined): ReasonedActor {
  const reason = storedReason(given)
  return { ...actor, ...(reason !== undefined && { reason }) }
}

import { z } from 'zod'
import { storedReason } from '../core/notices/notice.js'
import type { ReasonedActor } from '../core/token/history.js'
import type { Caller } from './authorize-caller.js'

/** The parameter of routes that revoke. */
export const revocationReason = z
  .string()
  .optional()
  .describe('For the audit trail, and for the owner when an administrator revokes; 500 characters')

/** Returns the caller as the actor of a revocation, with the reason that was given. */
export function withReason({ actor }: Pick<Caller, 'actor'>, given: string | undefined): ReasonedActor {
  const reason = storedReason(given)
  return { ...actor, ...(reason !== undefined && { reason }) }
}

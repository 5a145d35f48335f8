import { LEAK_ACTOR, type ReasonedActor, type TokenHistoryEntry } from '../token/history.js'
import type { AuditAction } from './actions.js'
import type { AuditedAct } from './event.js'

/**
 * Returns the act behind a history entry; undefined for an expiry. No user acts then: the clock does, and the change history
 * has it.
 */
export function actOfChange(change: TokenHistoryEntry, { reason, ...actor }: ReasonedActor): AuditedAct | undefined {
  const action = actionOf(change, actor)
  if (action === undefined) return undefined
  const { tokenName: name, tokenType: type, scopes, service, parent, expires, restriction, old } = change
  const facts = { type, name, scopes, service, parent, expires, ...(restriction && { restriction }) }
  const became = old && { name, scopes, expires: expires ?? null, ...(restriction && { restriction }) }
  return {
    action,
    actor,
    object: { type: 'token', id: change.token, owner: change.username },
    ...(reason !== undefined && { reason }),
    ...(change.action === 'revoke' ? { before: facts } : { after: became ?? facts }),
    ...(old && { before: old }),
  }
}

function actionOf({ action, tokenType, token }: TokenHistoryEntry, actor: ReasonedActor): AuditAction | undefined {
  if (action === 'expire') return undefined
  if (actor.username === LEAK_ACTOR) return 'token.leaked'
  if (tokenType !== 'session' || action === 'edit') return `token.${action}`
  if (action === 'create') return 'sign-in'
  return actor.token === token ? 'sign-out' : 'session.revoke'
}

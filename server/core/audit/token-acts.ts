import { LEAK_ACTOR, type ReasonedActor, type TokenHistoryEntry } from '../token/history.js'
import type { AuditAction } from './actions.js'
import type { AuditedAct } from './event.js'

/** Returns the act behind a history entry. */
export function actOfChange(change: TokenHistoryEntry, { reason, ...actor }: ReasonedActor): AuditedAct {
  const action = actionOf(change, actor)
  const { tokenName: name, tokenType: type, scopes, service, parent, expires, restriction, old, details } = change
  const facts = { type, name, scopes, service, parent, expires, ...(restriction && { restriction }) }
  const became = old && { name, scopes, expires: expires ?? null, ...(restriction && { restriction }) }
  return {
    action,
    actor,
    object: { type: 'token', id: change.token, owner: change.username },
    ...(reason !== undefined && { reason }),
    ...(isEnd(change) ? { before: facts } : { after: became ?? facts }),
    ...(old && { before: old }),
    ...(details && { details }),
  }
}

const isEnd = ({ action }: TokenHistoryEntry) => action === 'revoke' || action === 'expire'

function actionOf({ action, tokenType, token }: TokenHistoryEntry, actor: ReasonedActor): AuditAction {
  if (action === 'expire') return 'token.expire'
  if (actor.username === LEAK_ACTOR) return 'token.leaked'
  if (tokenType !== 'session' || action === 'edit') return `token.${action}`
  if (action === 'create') return 'sign-in'
  return actor.token === token ? 'sign-out' : 'session.revoke'
}

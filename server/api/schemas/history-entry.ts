import type { TokenHistoryEntry } from '../../core/token/history.js'

/**
 * An entry of the change history as Gafaelfawr sends it: `expires` and `ip_address` are present even when null;
 * fields that do not apply are absent, and so are those that an edit left unchanged.
 */
export function changeEntry(change: TokenHistoryEntry) {
  const { old } = change
  return {
    token: change.token,
    username: change.username,
    token_type: change.tokenType,
    ...(change.tokenName !== undefined && { token_name: change.tokenName }),
    ...(change.parent !== undefined && { parent: change.parent }),
    scopes: change.scopes,
    ...(change.service !== undefined && { service: change.service }),
    expires: change.expires ?? null,
    actor: change.actor,
    ...(change.actorToken !== undefined && { actor_token: change.actorToken }),
    action: change.action,
    ...(old?.name !== undefined && { old_token_name: old.name }),
    ...(old?.scopes !== undefined && { old_scopes: old.scopes }),
    ...(old?.expires !== undefined && { old_expires: old.expires }),
    ip_address: change.address ?? null,
    event_time: change.at,
  }
}

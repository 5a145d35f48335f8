import type { TokenRecord } from '../core/token-record.js'

/** Gafaelfawr's `TokenInfo`: instants are whole epoch seconds, and what does not apply is left out. */
export function tokenInfo(token: TokenRecord) {
  return {
    token: token.key,
    username: token.username,
    token_type: token.type,
    ...(token.name !== undefined && { token_name: token.name }),
    ...(token.service !== undefined && { service: token.service }),
    scopes: token.scopes,
    created: token.created,
    ...(token.expires !== undefined && { expires: token.expires }),
    ...(token.lastUsed && { last_used: token.lastUsed.at }),
    ...(token.parent !== undefined && { parent: token.parent }),
  }
}

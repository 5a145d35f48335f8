import type { TokenRecord } from '../core/token-record.js'

/** Gafaelfawr's `TokenInfo`, to be sent as JSON, which leaves out what is undefined. Instants are whole epoch seconds. */
export function tokenInfo(token: TokenRecord) {
  return {
    token: token.key,
    username: token.username,
    token_type: token.type,
    token_name: token.name,
    service: token.service,
    scopes: token.scopes,
    created: token.created,
    expires: token.expires,
    last_used: token.lastUsed?.at,
    parent: token.parent,
  }
}

/** The same as lists have it: without the parent. */
export function listedToken(token: TokenRecord) {
  return { ...tokenInfo(token), parent: undefined }
}

import type { Response } from 'express'
import type { Suspension } from '../../core/incident/suspension.js'
import { ownPath } from '../../core/site/base-path.js'
import type { TokenRecord } from '../../core/token/record.js'
import { formatToken } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import type { CreatedToken } from '../../tokens/insert.js'

/** Gafaelfawr's `TokenInfo`, for JSON, which drops undefined fields. Instants are whole epoch seconds. */
export function tokenInfo(token: TokenRecord, suspension?: Pick<Suspension, 'until'>) {
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
    networks: token.restriction?.networks,
    services: token.restriction?.services,
    suspended_until: suspension?.until,
  }
}

/** A token in a list: without the parent. */
export function listedToken(token: TokenRecord, suspension?: Pick<Suspension, 'until'>) {
  return { ...tokenInfo(token, suspension), parent: undefined }
}

/** Sends 201 with a new token, which is not shown again, and its address. */
export function sendMade(
  response: Response,
  { token, record }: CreatedToken,
  { baseUrl }: Pick<Settings, 'baseUrl'>,
): void {
  const address = ownPath(baseUrl, `/auth/api/v1/users/${record.username}/tokens/${token.key}`)
  response
    .status(201)
    .set('Location', address)
    .json({ token: formatToken(token) })
}

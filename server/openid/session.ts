import { hash } from 'node:crypto'
import { hasExpired } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { isTokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { resolveToken } from '../tokens/resolve.js'

/** Finds a valid session by its key, without its secret: what came from it is valid only while it is. */
export async function sessionByKey(context: Context, key: string | undefined): Promise<TokenRecord | undefined> {
  const found = key !== undefined && isTokenKey(key) ? await resolveToken(context, key) : undefined
  if (found?.record.type !== 'session' || hasExpired(found.record.expires, context.clock())) return undefined
  return found.record
}

/** When the user of a session last proved who they are. */
export function authTime({ authenticated, created }: TokenRecord): number {
  return authenticated ?? created
}

/** Names a session to one client (`sid`). Two clients cannot tell that they have the same user's. */
export function sessionId(key: string, clientId: string): string {
  return hash('sha256', `sid\0${key}\0${clientId}`, 'base64url').slice(0, 22)
}

import { canParseUrl } from '../core/can-parse-url.js'
import type { Context } from '../storage/context.js'
import { findClient } from '../storage/postgres/openid/clients.js'

/** Where a client wants its user afterwards, as a form has it. */
interface Wanted {
  readonly clientId: string
  readonly address: string
  readonly state: string
}

/** Returns where a client leads users who have signed out here; undefined for an address that it has not registered. */
export async function afterLogoutAt(
  { postgres }: Pick<Context, 'postgres'>,
  { clientId, address, state }: Wanted,
): Promise<string | undefined> {
  if (clientId === '' || !canParseUrl(address)) return undefined
  const client = await findClient(postgres.prisma, clientId)
  return client?.postLogoutUris.includes(address) ? withState(address, state) : undefined
}

/** Adds the client's `state` to an address (OpenID Connect RP-Initiated Logout 1.0 §2). */
export function withState(address: string, state: unknown): string {
  const url = new URL(address)
  if (typeof state === 'string' && state !== '') url.searchParams.set('state', state)
  return url.href
}

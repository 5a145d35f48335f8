import { claimName, type NameHolder, type ProvidedIdentity } from '../core/people/identity.js'
import type { Context } from '../storage/context.js'
import { findNameHolder } from '../storage/postgres/identity/name-holder.js'
import { recordRefusedIdentity } from '../storage/postgres/identity/refusals.js'

/** Returns whether a user name is free for an identity, or its own. */
export async function mayUseName(
  { postgres }: Pick<Context, 'postgres'>,
  username: string,
  identity: ProvidedIdentity,
): Promise<boolean> {
  return claimName(await findNameHolder(postgres.prisma, username), identity) !== 'taken'
}

/** Logs that an identity came with the user name of another user, and records it for the administrators. */
export async function refuseName(
  { postgres, log, clock }: Pick<Context, 'postgres' | 'log' | 'clock'>,
  username: string,
  identity: ProvidedIdentity,
  address: string | undefined,
): Promise<void> {
  const holder = await findNameHolder(postgres.prisma, username)
  const refusal = { username, ...identity, ...(address !== undefined && { address }), last: clock() }
  await postgres.transaction((db) => recordRefusedIdentity(db, refusal))
  const owner = describe(holder)
  log.warn({ code: 'name_taken', user: username, owner, refused: identity, remoteIp: address }, 'User name refused')
}

function describe(holder: NameHolder | undefined) {
  if (holder?.is !== 'person') return { provider: holder && 'local account' }
  return { provider: holder.provider, ...holder.identity }
}

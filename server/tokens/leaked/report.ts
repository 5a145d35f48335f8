import { Refusal } from '../../core/access/refusal.js'
import { storedReason } from '../../core/notices/notice.js'
import { type Actor, LEAK_ACTOR } from '../../core/token/history.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { homeOf, parseToken, secretMatches, type Token } from '../../core/token/token.js'
import type { StoredToken } from '../../storage/cache/cached-token.js'
import type { Context } from '../../storage/context.js'
import { findEvenSuspended } from '../../storage/postgres/find-token.js'
import { findRedisToken } from '../../storage/redis/tokens.js'
import { revokeWithHeirs } from '../revoke.js'

/** A token that its finder reports, and how the report came. */
export interface LeakReport {
  /** As it was found; it may be anything. */
  readonly text: string
  /** The address and the request, without a user. */
  readonly from: Omit<Actor, 'username'>
  /** Where it was found, if the finder says so. */
  readonly place?: string
}

/**
 * Revokes a token that was found where it should not be, with every token that was made with it: its reader may have made
 * them. Its owner gets a notice. Only a whole token counts: its key is no secret.
 *
 * Attack: reports of keys alone, or with a guessed secret, would revoke the tokens of others.
 *
 * @returns whether there was such a token
 * @throws when a store that has to be asked does not answer
 */
export async function reportLeaked(context: Context, { text, from, place }: LeakReport): Promise<boolean> {
  const found = await findPresented(context, text)
  if (!found) return false
  const reason = storedReason(place)
  const actor = { ...from, username: LEAK_ACTOR, ...(reason !== undefined && { reason }) }
  const revoked = await revokeWithHeirs(context, found.username, found.key, actor)
  // A second report at the same time: the other one revoked it.
  if (revoked instanceof Refusal) return true
  context.log.warn({ user: found.username, token: found.key, ...(place && { place }) }, 'Leaked token revoked')
  return true
}

/** Finds a token by its whole text; one that is idle, suspended, or of a disabled user, is found as well. */
export async function findPresented(context: Context, text: string): Promise<TokenRecord | undefined> {
  const token = parseToken(text.trim())
  if (token instanceof Refusal) return undefined
  const found = await find(context, token)
  if (!found || !secretMatches(token.secret, found.digest)) return undefined
  return hasExpired(found.record.expires, context.clock()) ? undefined : found.record
}

function find(context: Context, { key }: Token): Promise<StoredToken | undefined> {
  return homeOf(key) === 'postgres' ? findEvenSuspended(context.postgres, key) : findRedisToken(context, key)
}

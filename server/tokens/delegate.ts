import { Refusal } from '../core/access/refusal.js'
import type { Delegation } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import { MAXIMUM_DEPTH } from '../core/token/ancestry.js'
import { delegatedExpiry, delegatedScopes, deriveToken } from '../core/token/delegation.js'
import type { Actor } from '../core/token/history.js'
import { MINIMUM_LIFETIME } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import type { Token, TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { type DelegatedRecord, markEnded } from '../storage/redis/delegated-tokens.js'
import { isUnavailable } from '../storage/unavailable.js'
import { resolveFromCache, resolveToken } from './resolve.js'

interface DelegationTerms {
  /** The lifetime that the token must still have; five minutes when not given. */
  readonly needed?: EpochSeconds | undefined
  /** The longest that it may last; the site's when not given. */
  readonly lifetime?: EpochSeconds
  /** The networks that it may be used from; those of its parent when not given. */
  readonly networks?: readonly string[] | undefined
  /** The request that it is for, as the history has it; its owner without an address when not given. */
  readonly actor?: Actor
}

/**
 * Returns the token with which a service acts for its caller. Equal requests get the same token, until too little of its
 * lifetime is left. The first request stores its hash with its history; for all others it is one look-up.
 *
 * @param parent the token that was presented, as {@link authenticate} gave it
 */
export async function delegate(
  context: Context,
  parent: TokenRecord,
  delegation: Delegation,
  { needed = MINIMUM_LIFETIME, actor = { username: parent.username }, ...terms }: DelegationTerms = {},
): Promise<Token | Refusal> {
  const refusal = check(context, parent, delegation)
  if (refusal) return refusal
  const now = context.clock()
  const service = delegation.type === 'internal' ? delegation.service : undefined
  const scopes = delegatedScopes(delegation, parent.scopes)
  const lifetime = Math.min(context.settings.tokenLifetime, terms.lifetime ?? Number.POSITIVE_INFINITY)
  const expires = delegatedExpiry(parent.key, { lifetime, parentExpires: parent.expires, needed }, now)
  const { networks } = terms
  const derive = (generation: number) =>
    deriveToken(context.keys.delegation[0], context.keys.tokenKeys[0], {
      parent: parent.key,
      type: delegation.type,
      service,
      scopes,
      expires,
      generation,
      networks,
    })
  const recordOf = (token: Token) => ({
    key: token.key,
    type: delegation.type,
    username: parent.username,
    scopes,
    created: now,
    expires,
    parent: parent.key,
    depth: (parent.depth ?? 0) + 1,
    ...(service !== undefined && { service }),
    ...(networks && { restriction: { networks } }),
  })
  return firstUsable(context, derive, recordOf, actor)
}

/**
 * Returns the first derived token that was not revoked by itself. The end mark of the first generation names the one
 * that was last handed out, so that a check looks up one record however many were revoked before it.
 *
 * Attack: a user revokes their delegated token a thousand times; each check of theirs would ask Redis a thousand times.
 */
async function firstUsable(
  context: Context,
  derive: (generation: number) => Token,
  recordOf: (token: Token) => DelegatedRecord,
  actor: Actor,
): Promise<Token> {
  const first = derive(0)
  const next = await nextGeneration(context, recordOf(first), first, actor)
  if (next === undefined) return first
  for (let generation = next; ; generation++) {
    const token = derive(generation)
    if ((await nextGeneration(context, recordOf(token), token, actor)) !== undefined) continue
    if (generation !== next) await markEnded(context.redis, first.key, recordOf(first).expires, generation)
    return token
  }
}

function check(context: Context, parent: TokenRecord, delegation: Delegation): Refusal | undefined {
  if ((parent.depth ?? 0) >= MAXIMUM_DEPTH) {
    return new Refusal('permission_denied', 'Token has been delegated too many times')
  }
  const { knownScopes } = context.settings
  const unknown = delegation.type === 'internal' && delegation.scopes.some((scope) => !knownScopes.has(scope))
  return unknown ? new Refusal('invalid_scopes', 'Unknown scopes requested') : undefined
}

/**
 * Ensures that a derived token is stored; otherwise it was revoked by itself, and the generation to go on with is returned.
 * A cached token is stored: its revocation would have invalidated the entry.
 */
async function nextGeneration(
  context: Context,
  record: DelegatedRecord,
  token: Token,
  actor: Actor,
): Promise<number | undefined> {
  if (typeof resolveFromCache(context)(token.key) === 'object') return undefined
  const found = await context.delegating.lookUp(token.key)
  if (found.is === 'ended') return found.generation
  if (found.is === 'live') {
    // It is in Redis before the negative entry of this process is invalidated.
    await context.delegating.settled(token.key)
    return (await isUsable(context, token.key)) ? undefined : 1
  }
  // A notebook or a portal that starts sends a hundred requests at once: each would take a connection to the database.
  const stored = await context.delegating.store(record, token, actor)
  return stored === 'ended' ? 1 : undefined
}

/** Returns whether a check would admit it. Where PostgreSQL does not answer, Redis decides: the check will ask again. */
async function isUsable(context: Context, key: TokenKey): Promise<boolean> {
  try {
    return (await resolveToken(context, key)) !== undefined
  } catch (error) {
    if (isUnavailable(error)) return true
    throw error
  }
}

import { Refusal } from '../core/access/refusal.js'
import { isWithin } from '../core/access/restriction.js'
import type { EpochSeconds } from '../core/time.js'
import { endOfHeir } from '../core/token/heirs.js'
import { type ReasonedActor, recordChange, recordEdit } from '../core/token/history.js'
import { endOfOverlap, endsLater, hasExpired, type LifetimePolicy, nameOfOld } from '../core/token/lifetime.js'
import { isLasting, type TokenRecord } from '../core/token/record.js'
import { renewedEnd } from '../core/token/rotation.js'
import { isAdministrator } from '../core/token/scope.js'
import { hashSecret, mintToken, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isSuspended } from '../storage/postgres/suspensions/suspensions.js'
import { addMaker } from '../storage/postgres/token-heirs.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { deleteUserToken, insertUserToken, lockUserToken, updateUserToken } from '../storage/postgres/tokens.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { refuseInLockdown } from './incident/lockdown.js'
import { type CreatedToken, lockMakers, type Maker } from './insert.js'
import { refuseBeyondLimit } from './limits/token-limit.js'

export interface Rotation {
  readonly username: string
  readonly key: TokenKey
  /** Seconds for which the old token works on; 0 ends it at once. */
  readonly overlap: EpochSeconds
  /** Whether the new one lasts as long from now as the old one from its creation; otherwise both end at the same time. */
  readonly renew?: boolean
}

/**
 * Replaces a user or service token by a new one that is called the same and may do the same. The old
 * one works on for the overlap, under a name that says so, so that a program can be given the new one while it runs. All
 * of it happens, or nothing. Heirs of the old one are the new one's, too.
 *
 * @param maker the caller's token: it must not be a way to the secret of another that may do more or lasts longer. What it
 *   rotates, itself apart, becomes its heir.
 */
export function rotateToken(
  context: Context,
  { username, key, overlap, renew = false }: Rotation,
  { maker, ...actor }: Maker & { readonly maker: TokenRecord },
): Promise<CreatedToken | Refusal> {
  return commit(context, async (writing) => {
    const { db } = writing
    const now = context.clock()
    const locked = await refuseInLockdown(db)
    if (locked) return locked
    const tooMany = overlap > 0 ? await refuseBeyondLimit(context, db, username) : undefined
    if (tooMany) return tooMany
    const old = await lockUserToken(db, username, key)
    // An imported token of another type is not its owner's to replace.
    if (!old || !isLasting(old) || hasExpired(old.expires, now)) return new Refusal('not_found')
    if (await isSuspended(db, key)) return new Refusal('token_suspended')
    const { expires: end, lastUsed: _unused, usedBelow: _too, makers: _old, ...same } = old
    const expires = renew ? renewedEnd(old, policyOf(context, old), now) : end
    // Attack: a stolen token that ends tonight renews itself, tonight and every night.
    if (maker.key === key && endsLater(expires, end))
      return new Refusal('permission_denied', 'A token cannot renew itself')
    const lasting: TokenRecord = { ...same, ...(expires !== undefined && { expires }) }
    const makers = maker.key === key ? old.makers : await makersAfter(writing, { ...old, ...lasting }, maker, now)
    if (makers instanceof Refusal) return makers
    await retire(writing, old, { overlap, now, actor })
    const token = mintToken('postgres', context.random, context.keys.tokenKeys[0])
    const record: TokenRecord = { ...lasting, key: token.key, created: now, ...(makers && { makers }) }
    await addMaker(db, old.key, token.key)
    await insertUserToken(db, record, hashSecret(token.secret))
    await appendHistory(writing, [recordChange('create', record, actor, now)], actor)
    return { token, record }
  })
}

function policyOf({ settings }: Pick<Context, 'settings'>, { type }: TokenRecord): LifetimePolicy {
  return settings.tokenPolicy[type === 'service' ? 'service' : 'user'] ?? {}
}

/** Returns the makers of a token that another one rotates, or why that one may not. */
async function makersAfter(
  writing: UnitOfWork,
  old: TokenRecord,
  maker: TokenRecord,
  now: EpochSeconds,
): Promise<readonly TokenKey[] | Refusal> {
  const beyond = old.scopes.some((scope) => !maker.scopes.includes(scope))
  if (beyond && !isAdministrator(maker.scopes)) {
    return new Refusal('permission_denied', 'The token has scopes that yours does not have').worded('otherScopes')
  }
  if (endOfHeir(maker, old.expires, old.expires, now) !== old.expires) {
    return new Refusal('permission_denied', 'The token lasts longer than yours')
  }
  if (!isWithin(old.restriction, maker.restriction)) {
    return new Refusal('permission_denied', 'The token may be used where yours may not')
  }
  const makers = await lockMakers(writing, maker)
  return makers instanceof Refusal ? makers : [...new Set([...makers, ...(old.makers ?? [])])]
}

/**
 * Has a token end after an overlap, whose successor was made otherwise. One that ends sooner is left as it is.
 *
 * @returns whether it was valid
 */
export function retireToken(
  context: Context,
  { username, key, overlap }: Rotation,
  actor: ReasonedActor,
): Promise<boolean> {
  return commit(context, async (writing) => {
    const now = context.clock()
    const old = await lockUserToken(writing.db, username, key)
    if (!old || hasExpired(old.expires, now)) return false
    if (overlap === 0 || endOfOverlap(old.expires, overlap, now) !== old.expires)
      await retire(writing, old, { overlap, now, actor })
    return true
  })
}

interface Retirement {
  readonly overlap: EpochSeconds
  readonly now: EpochSeconds
  readonly actor: ReasonedActor
}

async function retire(writing: UnitOfWork, old: TokenRecord, { overlap, now, actor }: Retirement): Promise<void> {
  if (overlap === 0) {
    await deleteUserToken(writing, old.key)
    await appendHistory(writing, [recordChange('revoke', old, actor, now)], actor)
    return
  }
  const named = old.name === undefined ? {} : { name: nameOfOld(old.name, old.key) }
  const retired = { ...old, ...named, expires: endOfOverlap(old.expires, overlap, now) }
  await updateUserToken(writing, retired)
  await appendHistory(writing, [recordEdit(old, retired, actor, now)], actor)
}

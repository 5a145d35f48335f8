import { Refusal } from '../core/access/refusal.js'
import { type Actor, recordChange } from '../core/token/history.js'
import { hashSecret, homeOf, type Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isSuspended } from '../storage/postgres/suspensions/suspensions.js'
import { lockMaker } from '../storage/postgres/token-heirs.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { type DelegatedRecord, putDelegated } from '../storage/redis/delegated-tokens.js'
import { deleteRedisToken } from '../storage/redis/tokens.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { refuseInLockdown } from './incident/lockdown.js'

/** A token that is minted, and yet ends with another. */
export type ChildRecord = DelegatedRecord

interface Making {
  readonly actor: Actor
  /** More of the act for its audit event. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What is done in the same transaction, after the token is stored. */
  readonly last?: (work: UnitOfWork) => Promise<void>
}

/**
 * Stores a minted child of a token with its history, or neither. Refuses with `locked_down`, and with `invalid_token` when its
 * parent has been revoked or suspended meanwhile: the history of a child would begin after that of its end.
 */
export async function insertChild<R extends ChildRecord>(
  context: Context,
  record: R,
  token: Token,
  { actor, details, last }: Making,
): Promise<R | Refusal> {
  try {
    return await commit(context, async (work) => {
      const locked = await refuseInLockdown(work.db)
      if (locked) return locked
      const { parent } = record
      if (homeOf(parent) === 'postgres' && !(await lockMaker(work.db, parent))) return new Refusal('invalid_token')
      if (await isSuspended(work.db, parent)) return new Refusal('invalid_token')
      work.invalidate(record.key)
      const created = { ...recordChange('create', record, actor, record.created), ...(details && { details }) }
      await appendHistory(work, [created], actor)
      await putDelegated(context, { record, secretHash: hashSecret(token.secret) })
      await last?.(work)
      return record
    })
  } catch (error) {
    // Its history was not written: it must not be valid as if it had been. It was minted here, so no other process has given it.
    await deleteRedisToken(context.redis, record.key).catch(() => undefined)
    throw error
  }
}

import { Refusal } from '../core/access/refusal.js'
import type { AuditFacts } from '../core/audit/event.js'
import type { EpochSeconds } from '../core/time.js'
import { leavesHeirs, makersOfHeir } from '../core/token/heirs.js'
import { INTERNAL, type ReasonedActor, recordChange } from '../core/token/history.js'
import type { TokenRecord } from '../core/token/record.js'
import { hashSecret, homeOf, mintToken, type Token, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isDuplicateTokenName } from '../storage/postgres/constraint-errors.js'
import { isSuspended } from '../storage/postgres/suspensions/suspensions.js'
import { lockMaker } from '../storage/postgres/token-heirs.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { deleteUserToken, findExpiredNamesake, hasTokenNamed, insertUserToken } from '../storage/postgres/tokens.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { refuseInLockdown } from './incident/lockdown.js'
import { refuseBeyondLimit } from './limits/token-limit.js'

export interface CreatedToken {
  readonly token: Token
  readonly record: TokenRecord
}

/** A token before it is minted. */
export type WantedToken = Omit<TokenRecord, 'key' | 'created' | 'makers'>

/** Who makes a token, and with which. */
export interface Maker extends ReasonedActor {
  /** Absent for the command line and the bootstrap token. */
  readonly maker?: TokenRecord | undefined
  /** More of the act for its audit event. */
  readonly details?: AuditFacts
}

/** What is done in the transaction that creates a token, before anything else; refuses the token, too. */
type FirstStep = (work: UnitOfWork) => Promise<Refusal | undefined>

/**
 * Mints a token and writes it with its history; only the answer has the secret. Refuses with `duplicate_token_name`,
 * `too_many_tokens` or `locked_down`. What the first step did stays done when another rule refuses.
 */
export async function insertToken(
  context: Context,
  wanted: WantedToken,
  { maker, details, ...actor }: Maker,
  first?: FirstStep,
): Promise<CreatedToken | Refusal> {
  const now = context.clock()
  const token = mintToken('postgres', context.random, context.keys.tokenKeys[0])
  const { username, name } = wanted
  try {
    return await commit(context, async (writing) => {
      const refused = await first?.(writing)
      if (refused) return refused
      const locked = await refuseInLockdown(writing.db)
      if (locked) return locked
      // Before the wait for others who count this user's tokens, or a hundred requests of one name would wait in line.
      if (name !== undefined && (await hasTokenNamed(writing.db, username, name, now))) return duplicateName(name)
      const beyond = await refuseBeyondLimit(context, writing.db, username)
      if (beyond) return beyond
      const makers = maker ? await lockMakers(writing, maker) : []
      if (makers instanceof Refusal) return makers
      const record: TokenRecord = { ...wanted, key: token.key, created: now, ...(makers.length > 0 && { makers }) }
      if (name !== undefined) await freeNameOfExpired(writing, username, name, now)
      await insertUserToken(writing.db, record, hashSecret(token.secret))
      const created = { ...recordChange('create', record, actor, now), ...(details && { details }) }
      await appendHistory(writing, [created], actor)
      return { token, record }
    })
  } catch (error) {
    if (name !== undefined && isDuplicateTokenName(error)) return duplicateName(name)
    throw error
  }
}

function duplicateName(name: string): Refusal {
  return new Refusal('duplicate_token_name', `Token name ${name} already used`).worded('named', { name })
}

/**
 * Returns the makers of a new token, and keeps its maker from being revoked until the transaction ends.
 *
 * Attack: a thief makes a token at the moment at which the stolen one is revoked with its heirs. Either the new one is
 * written first and found there, or its maker is gone, or suspended, and nothing is written. The transaction has asked for a
 * lockdown before, so that no suspension begins until it ends.
 */
export async function lockMakers({ db }: UnitOfWork, maker: TokenRecord): Promise<readonly TokenKey[] | Refusal> {
  const { key, parent = key } = maker
  if (await isSuspended(db, key, parent)) return new Refusal('invalid_token')
  if (!leavesHeirs(maker) || homeOf(maker.key) !== 'postgres') return makersOfHeir(maker)
  const makers = await lockMaker(db, maker.key)
  return makers ? makersOfHeir({ ...maker, makers }) : new Refusal('invalid_token')
}

/** Frees the name of an expired token before the sweep does: its owner is replacing it right now. */
export async function freeNameOfExpired(
  writing: UnitOfWork,
  username: string,
  name: string,
  now: EpochSeconds,
): Promise<void> {
  const old = await findExpiredNamesake(writing.db, username, name, now)
  if (old && (await deleteUserToken(writing, old.key))) {
    await appendHistory(writing, [recordChange('expire', old, INTERNAL, now)], INTERNAL)
  }
}

import { Refusal } from '../core/access/refusal.js'
import type { EpochSeconds } from '../core/time.js'
import { type Actor, INTERNAL, recordChange } from '../core/token/history.js'
import type { TokenRecord } from '../core/token/record.js'
import { hashSecret, mintToken, type Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isDuplicateTokenName } from '../storage/postgres/constraint-errors.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { deleteUserToken, findExpiredNamesake, insertUserToken } from '../storage/postgres/tokens.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { refuseBeyondLimit } from './limits/token-limit.js'

export interface CreatedToken {
  readonly token: Token
  readonly record: TokenRecord
}

/** Mints a token and writes it with its history. Refuses with `duplicate_token_name` or `too_many_tokens`; only the answer has the secret. */
export async function insertToken(
  context: Context,
  wanted: Omit<TokenRecord, 'key' | 'created'>,
  actor: Actor,
): Promise<CreatedToken | Refusal> {
  const now = context.clock()
  const token = mintToken('postgres', context.random, context.keys.tokenKeys[0])
  const record: TokenRecord = { ...wanted, key: token.key, created: now }
  const { username, name } = wanted
  try {
    const beyond = await commit(context, async (writing) => {
      const refusal = await refuseBeyondLimit(context, writing.db, username)
      if (refusal) return refusal
      if (name !== undefined) await freeNameOfExpired(writing, username, name, now)
      await insertUserToken(writing.db, record, hashSecret(token.secret))
      await appendHistory(writing, [recordChange('create', record, actor, now)], actor)
      return undefined
    })
    if (beyond) return beyond
  } catch (error) {
    if (isDuplicateTokenName(error)) return new Refusal('duplicate_token_name', `Token name ${name} already used`)
    throw error
  }
  return { token, record }
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

import { Refusal } from '../../core/access/refusal.js'
import { type Actor, recordChange } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { endedAmong } from '../../storage/postgres/history/ended-tokens.js'
import { appendHistory } from '../../storage/postgres/token-history.js'
import { lockUserTokens, takeLocked } from '../../storage/postgres/tokens.js'
import { commit } from '../../storage/unit-of-work.js'
import { takeAllHeirs } from '../revoke.js'
import { asOneAct } from './one-act.js'

/** The tokens that a user selected. */
export interface Selection {
  readonly username: string
  readonly keys: readonly TokenKey[]
  /** Whether what was created with them is revoked, too. */
  readonly withHeirs: boolean
}

/**
 * Revokes a user's selected tokens, all of them or none, and returns those that it revoked. One that has ended since it was
 * selected is passed over, so that a form that is sent twice revokes once. Refuses with `not_found` when one never was the user's.
 */
export async function revokeSelected(
  context: Context,
  { username, keys, withHeirs }: Selection,
  by: Actor,
): Promise<readonly TokenRecord[] | Refusal> {
  const actor = asOneAct(context, by)
  return commit(context, async (writing) => {
    const locked = await lockUserTokens(writing.db, username, keys)
    const live = new Set(locked.map(({ key }) => key))
    const gone = keys.filter((key) => !live.has(key))
    const ended = await endedAmong(writing.db, username, gone)
    if (gone.some((key) => !ended.has(key))) return new Refusal('not_found')
    const revoked = await takeLocked(writing, locked)
    if (withHeirs) for (const { key } of locked) revoked.push(...(await takeAllHeirs(writing, key)))
    const now = context.clock()
    await appendHistory(
      writing,
      revoked.map((token) => recordChange('revoke', token, actor, now)),
      actor,
    )
    return revoked
  })
}

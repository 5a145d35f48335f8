import { type ReasonedActor, recordChange } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { takeOwnedTokens } from '../storage/postgres/tokens.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from './revoke.js'
import { asOneAct } from './several/one-act.js'

/** How many tokens end in one transaction. */
const TOKENS_PER_BATCH = 500

/**
 * Revokes all sessions, user tokens and service tokens of a user, and with them what was delegated from them. Returns how
 * many there were, without the delegated ones.
 *
 * Attack: in an incident the thief has a session, and makes a new token while the old ones are being revoked. Sessions
 * are revoked first, and tokens until none is left.
 */
export async function revokeEverything(context: Context, username: string, by: ReasonedActor): Promise<number> {
  const actor = asOneAct(context, by)
  let ended = await endSessions(context, username, actor)
  for (;;) {
    const some = await revokeSome(context, username, actor)
    if (some === 0) return ended
    ended += some
  }
}

function revokeSome(context: Context, username: string, actor: ReasonedActor): Promise<number> {
  const now = context.clock()
  return commit(context, async (writing) => {
    const taken = await takeOwnedTokens(writing, username, now, TOKENS_PER_BATCH)
    await appendHistory(
      writing,
      taken.map((token) => recordChange('revoke', token, actor, now)),
      actor,
    )
    return taken.length
  })
}

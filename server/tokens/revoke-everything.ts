import { type Actor, recordChange } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { takeOwnedTokens } from '../storage/postgres/tokens.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from './revoke.js'

/** How many tokens end in one transaction. */
const TOKENS_PER_BATCH = 500

/**
 * Ends everything that lets somebody act as this user: sessions, user and service tokens, and with them what was
 * delegated from them. Sessions go first and tokens are looked for until there are none: in an incident it is the thief
 * who has a session, and who would make a new token while the old ones end. Answers how many there were, the delegated
 * ones not counted.
 */
export async function revokeEverything(context: Context, username: string, actor: Actor): Promise<number> {
  let ended = await endSessions(context, username, actor)
  for (;;) {
    const some = await revokeSome(context, username, actor)
    if (some === 0) return ended
    ended += some
  }
}

function revokeSome(context: Context, username: string, actor: Actor): Promise<number> {
  const now = context.clock()
  return commit(context, async (writing) => {
    const taken = await takeOwnedTokens(writing, username, now, TOKENS_PER_BATCH)
    await appendHistory(
      writing.db,
      taken.map((token) => recordChange('revoke', token, actor, now)),
    )
    return taken.length
  })
}

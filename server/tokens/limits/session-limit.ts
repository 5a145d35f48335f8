import { INTERNAL_ACTOR } from '../../core/token/history.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { sessionsOf } from '../imported/imported.js'
import { revokeToken } from '../revoke.js'

/**
 * Ends the oldest sessions beyond those that a user may have. The newest stays: a user must not be shut out by browsers
 * that they no longer have. Runs after the new session exists, so that of sign-ins at one moment none escapes the count.
 */
export async function endSessionsBeyondLimit(context: Context, username: string, newest: TokenKey): Promise<void> {
  const { settings, log } = context
  try {
    const sessions = await sessionsOf(context, username)
    const others = sessions.filter(({ key }) => key !== newest)
    for (const { key } of others.slice(settings.limits.sessionsPerUser - 1))
      await revokeToken(context, username, key, { username: INTERNAL_ACTOR })
  } catch (error) {
    // The next sign-in counts again.
    if (!isUnavailable(error)) throw error
    log.warn({ cause: (error as Error).message }, 'Sessions beyond the limit not ended')
  }
}

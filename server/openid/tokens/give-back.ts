import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Context } from '../../storage/context.js'
import { type RecordHash, unmarkRecord } from '../../storage/redis/openid/records.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { UNAVAILABLE } from '../unavailable.js'

/** The codes and refresh tokens that requests under way have used up. */
const usedBy = new WeakMap<IncomingMessage, RecordHash[]>()

export function noteUsed(request: IncomingMessage | undefined, name: RecordHash): void {
  if (request) usedBy.set(request, [...(usedBy.get(request) ?? []), name])
}

/**
 * Gives a code or refresh token back that was used up by a request which then failed for a store, and so got nothing for it. The
 * client is told to try again; without this its second try would count as a replay, and end all that the user gave it.
 *
 * Attack: the code is presented by a thief meanwhile. The thief is refused and the grant revoked; a code that is given back
 * then leads to no grant.
 */
export function giveBackUnanswered(context: Context) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next()
    if (ctx.status !== UNAVAILABLE.status) return
    try {
      for (const name of usedBy.get(ctx.req) ?? []) await unmarkRecord(context, name)
    } catch (error) {
      // It stays used up.
      if (!isUnavailable(error)) throw error
    }
  }
}

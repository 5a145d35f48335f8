import type { IncomingMessage } from 'node:http'
import { actorOf } from '../authn/actor.js'
import { Refusal } from '../core/access/refusal.js'
import { type Actor, INTERNAL } from '../core/token/history.js'
import type { Token, TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { findServedClient } from '../storage/postgres/openid/clients.js'
import { noteClientSession } from '../storage/postgres/openid/sessions.js'
import type { RedisToken } from '../storage/redis/tokens.js'
import { type ChildRecord, insertChild } from '../tokens/insert-child.js'
import { ownerOf } from '../tokens/list.js'
import { revokeToken } from '../tokens/revoke.js'
import { sessionByKey } from './session.js'

interface Wanted {
  /** The key of the session that it comes from. */
  readonly session: string | undefined
  readonly username: string | undefined
  readonly clientId: string
  /** For how long, where the session does not end before. */
  readonly seconds: number
}

/**
 * Stores the token of a client as a child of the user's session: it has no scope, ends with the session, and its owner sees
 * it with the client's name. Refuses with `invalid_token` when the session is over, and in a lockdown.
 */
export async function issueToken(
  context: Context,
  token: Token,
  { session: sessionKey, username, clientId, seconds }: Wanted,
  actor: Actor,
): Promise<RedisToken | Refusal> {
  const session = await sessionByKey(context, sessionKey)
  if (!session || session.username !== username) return new Refusal('invalid_token')
  const now = context.clock()
  const sessionEnds = session.expires ?? now + context.settings.tokenLifetime
  const record: ChildRecord = {
    key: token.key,
    type: 'oidc',
    username: session.username,
    scopes: [],
    created: now,
    expires: Math.min(sessionEnds, now + seconds),
    parent: session.key,
    depth: 1,
    service: clientId,
  }
  const client = await findServedClient(context.postgres, clientId)
  const isTold = client?.backchannelLogoutUri !== undefined
  const noted = { session: session.key, clientId, username: session.username, expires: sessionEnds }
  return insertChild(context, record, token, {
    actor,
    // The client is to be told of the end of the session, which may be later than that of the token.
    ...(isTold && { last: ({ db }) => noteClientSession(db, noted) }),
  })
}

/** Revokes the token of a client. */
export async function revokeClientToken(context: Context, key: TokenKey, actor?: Actor): Promise<void> {
  const owner = await ownerOf(context, key)
  if (owner !== undefined) await revokeToken(context, owner, key, actor ?? INTERNAL)
}

/** Returns the actor of a client's request in the name of a user. */
export function actorAt(request: IncomingMessage, username: string): Actor {
  return actorOf(request, 'api', username)
}

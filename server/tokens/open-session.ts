import { signInDetails } from '../core/audit/event.js'
import type { EpochSeconds } from '../core/time.js'
import { type Actor, recordChange } from '../core/token/history.js'
import type { Scope } from '../core/token/scope.js'
import { hashSecret, mintToken, type Token } from '../core/token/token.js'
import { personTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { putSession, type Session } from '../storage/redis/sessions.js'
import { deleteRedisToken } from '../storage/redis/tokens.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessionsBeyondLimit } from './limits/session-limit.js'
import { noticeSignIn } from './notices/notice-sign-in.js'

/** A user who has just authenticated, and their scopes. */
export interface SignedIn {
  readonly username: string
  readonly ownerName?: string
  readonly email?: string
  readonly scopes: readonly Scope[]
  /** Scopes that their groups give and the session does not get. */
  readonly withheld?: readonly Scope[]
  /** Names of groups, which quotas go by. */
  readonly groups?: readonly string[]
}

/** Where the browser is and how its owner signed in, as it will be shown to them. */
export interface Origin {
  readonly address?: string
  readonly client?: string
  /** The `id` of the identity provider that vouched for them; absent: a local account. */
  readonly provider?: string
  /** When they proved who they are, where a provider says that it was earlier; absent: now. */
  readonly authenticated?: EpochSeconds
  /** Whether this user has signed in with this browser before; not stored with the session. */
  readonly isKnown?: boolean
  /** The longest that the session may last; the site's when not given. */
  readonly lifetime?: EpochSeconds
  /** Of the HTTP request; not stored with the session. */
  readonly requestId?: string
}

/**
 * Makes a new session. It is in Redis before its history is committed, and deleted again when the commit fails: no
 * session without history, and no notice of a sign-in that Redis did not take. No other process can have given its token.
 *
 * Attack: session fixation. The token is always new, so that none planted in a browser is ever signed in.
 */
export async function openSession(
  context: Context,
  person: SignedIn,
  { requestId, isKnown = false, lifetime = Number.POSITIVE_INFINITY, ...origin }: Origin,
): Promise<Token> {
  const now = context.clock()
  const token = mintToken('redis', context.random, context.keys.tokenKeys[0])
  const session: Session = {
    key: token.key,
    type: 'session',
    ...person,
    created: now,
    expires: now + Math.min(context.settings.tokenLifetime, lifetime),
    authenticated: now,
    ...origin,
  }
  const actor: Actor = {
    username: person.username,
    ...(origin.address && { address: origin.address }),
    ...(requestId !== undefined && { requestId }),
    session: token.key,
    via: 'sign-in',
  }
  const created = { ...recordChange('create', session, actor, now), details: signInDetails(origin.provider) }
  try {
    await commit(context, async (work) => {
      // Who they are was asked anew: their other tokens go by the same answer from now on.
      work.invalidate(personTopic(person.username))
      await appendHistory(work, [created], actor)
      await noticeSignIn(work, session, isKnown)
      await putSession(context, session, hashSecret(token.secret))
    })
  } catch (error) {
    await deleteRedisToken(context.redis, session.key).catch(() => undefined)
    throw error
  }
  await endSessionsBeyondLimit(context, person.username, token.key)
  return token
}

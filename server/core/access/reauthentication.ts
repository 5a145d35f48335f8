import { DAY, type EpochSeconds } from '../time.js'
import type { TokenRecord } from '../token/record.js'
import { isAdminScope, type Scope } from '../token/scope.js'

/*
 * Attack: a session that was left open, or whose cookie was stolen, makes itself a token that lasts for ever, or gives the
 * thief's address access to data. A session alone is therefore not enough for acts that outlive it or that change what
 * others may do: its user must have proved a short while ago who they are.
 */

/**
 * The guarded acts, each with how a page names it. Revoking one's own tokens and sessions is not among them: a user who
 * fears a thief must be able to do that at once.
 */
export const GUARDED_ACTS = {
  'token.plain': 'create a token',
  'token.powerful': 'create a token that lasts longer than a year, or administers the site',
  'token.for-others': 'create a token for a service or another user',
  'token.rotate': 'rotate a token',
  'token.edit': 'change a token as an administrator',
  'token.revoke-for-others': 'revoke tokens of another user',
  'program.access': 'give access to data',
  'account.change': 'change an account or whose user name it is',
  'account.passkey': 'add or remove a passkey',
  'quota.change': 'change quotas',
  'client.change': 'register or change a client, or give it a secret',
  'site.lockdown': 'begin or end a lockdown',
} as const

export type GuardedAct = keyof typeof GUARDED_ACTS

/** How long ago the user of a session may have proved who they are, in seconds. Absent: at any time. */
export interface ReauthenticationLimits {
  /** For sessions with an `admin:*` scope. */
  readonly administrators?: EpochSeconds | undefined
  /** For other sessions, and for tokens that any session creates without being powerful. */
  readonly users?: EpochSeconds | undefined
}

type Session = Pick<TokenRecord, 'type' | 'scopes' | 'created' | 'authenticated'>

/** Returns when the user of a session last proved who they are. Older releases stored no more than its creation. */
export function authenticatedAt({ authenticated, created }: Pick<Session, 'authenticated' | 'created'>): EpochSeconds {
  return authenticated ?? created
}

/** A token that lasts longer is as good as one that never expires: the year 9000 is an end, too. */
const LONG = 366 * DAY

/**
 * Returns the act of creating a user token for oneself.
 *
 * @param lifetime in seconds; undefined: it never expires
 */
export function actOfNewToken(scopes: readonly Scope[], lifetime: EpochSeconds | undefined): GuardedAct {
  const isLong = lifetime === undefined || lifetime > LONG
  return isLong || scopes.some(isAdminScope) ? 'token.powerful' : 'token.plain'
}

/**
 * Returns the age that a sign-in may have for an act and that the session's exceeds; undefined when the act may go on.
 *
 * Only sessions are judged. Another token is held by a program, which can prove nothing anew; its makers chose its scopes and
 * its end, under this same rule.
 *
 * Attack: a session that was left open adds the passerby's passkey, which opens others. Passkeys are guarded for every user,
 * unless the site asks nothing even of administrators.
 */
export function exceededAge(
  session: Session,
  act: GuardedAct,
  limits: ReauthenticationLimits,
  now: EpochSeconds,
): EpochSeconds | undefined {
  if (session.type !== 'session') return undefined
  const administers = session.scopes.some(isAdminScope)
  const ofUsers = act === 'account.passkey' ? (limits.users ?? limits.administrators) : limits.users
  const limit = administers && act !== 'token.plain' ? limits.administrators : ofUsers
  return limit !== undefined && now - authenticatedAt(session) > limit ? limit : undefined
}

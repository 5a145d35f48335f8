import type { RefusalCode } from '../access/refusal.js'
import { isUsername } from '../people/identifiers.js'
import type { EpochSeconds } from '../time.js'
import { type Actor, INTERNAL_ACTOR, OPERATOR_ACTOR } from '../token/history.js'
import type { AuditAction } from './actions.js'

/** The subject of an act: its type, its identifier, and its owner. */
export interface AuditObject {
  readonly type:
    | 'account'
    | 'audit'
    | 'command'
    | 'oidc-client'
    | 'oidc-key'
    | 'program'
    | 'quota'
    | 'settings'
    | 'site'
    | 'store'
    | 'token'
  readonly id: string
  readonly owner?: string
}

/** Returns an account as the object of an act. */
export const accountObject = (username: string): AuditObject => ({ type: 'account', id: username, owner: username })

/**
 * Names the account of a sign-in for the audit trail, and not for the answer.
 *
 * Attack: users type their password in place of the name; a text that can be no name is not recorded.
 */
export function accountAt(username: string): AuditObject {
  return isUsername(username) ? accountObject(username) : { type: 'account', id: '(no user name)' }
}

/** Values before or after an act: plain JSON, without secrets. */
export type AuditFacts = Readonly<Record<string, unknown>>

/**
 * Returns how a user signed in, for the event of it.
 *
 * @param provider the `id` of the identity provider; absent: a local account
 */
export function signInDetails(provider: string | undefined): AuditFacts {
  return provider === undefined ? { method: 'password' } : { method: 'provider', provider }
}

/** Where an act came in. */
export type AuditChannel = NonNullable<Actor['via']> | 'command' | 'job'

/** An act, or a refusal of one, as the code that performs it describes it. */
export interface AuditedAct {
  readonly action: AuditAction
  /** Without a user name where the caller is unknown. */
  readonly actor: Partial<Actor>
  readonly object?: AuditObject
  readonly before?: AuditFacts
  readonly after?: AuditFacts
  /** The actor's reason, in their words. */
  readonly reason?: string
  /** More of the act than its values: how a user signed in, the rows that a load was refused for. */
  readonly details?: AuditFacts
  /** Present: the act was refused, and nothing was changed. */
  readonly code?: RefusalCode
  readonly request?: AuditedRequest
}

/** A refusal of an act. */
export interface AuditedRefusal extends AuditedAct {
  readonly code: RefusalCode
}

/** The HTTP request of an act. */
export interface AuditedRequest {
  readonly method?: string
  /** Without the query string, which may hold secrets of a service. */
  readonly path?: string
  readonly status?: number
}

/** An act with its time and an identifier. */
export interface AuditEvent extends AuditedAct {
  /** Unique: writing an event twice leaves one. */
  readonly id: string
  readonly at: EpochSeconds
}

/** Returns where an act came in: as the actor says, or as their name tells. */
export function channelOf({ via, username }: Partial<Actor>): AuditChannel | undefined {
  if (via !== undefined) return via
  if (username === OPERATOR_ACTOR) return 'command'
  return username === INTERNAL_ACTOR ? 'job' : undefined
}

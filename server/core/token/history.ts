import type { Restriction } from '../access/restriction.js'
import type { EpochSeconds } from '../time.js'
import type { ActId } from './act.js'
import type { TokenRecord, TokenType } from './record.js'
import type { Scope } from './scope.js'
import type { TokenKey } from './token.js'

export type ChangeAction = 'create' | 'edit' | 'revoke' | 'expire'

/** The actor of automatic changes: Gafaelfawr's name for itself, which no account can have. */
export const INTERNAL_ACTOR = '<internal>'

/** The actor of what a job does by itself. */
export const INTERNAL: Actor = { username: INTERNAL_ACTOR }

/** The actor of changes made with the command line on the machine itself. */
export const OPERATOR_ACTOR = '<operator>'

/** The actor of a revocation that the finder of a token asked for. */
export const LEAK_ACTOR = '<leaked>'

/** The user who acts, by which token, and from where. */
export interface Actor {
  readonly username: string
  /** Absent for changes that were not made over the network. */
  readonly address?: string
  /** The token that acts: of two thieves' and an owner's acts, it tells which are the thieves'. */
  readonly token?: TokenKey
  /** The session that the token is, or was derived from. */
  readonly session?: TokenKey
  /** Of the HTTP request. */
  readonly requestId?: string
  /** The User-Agent of the request, shortened. */
  readonly client?: string
  /** Of an act on many tokens: each change that is part of it has the same. */
  readonly act?: ActId
  /** Where the request came in; absent where the user name tells. */
  readonly via?: 'api' | 'check' | 'page' | 'sign-in'
}

/** An actor who may give a reason: an administrator who revokes the token of another user. */
export interface ReasonedActor extends Actor {
  readonly reason?: string
}

/** One entry of a token's change history: the token after the change, the actor, and the replaced values. */
export interface TokenHistoryEntry {
  readonly token: TokenKey
  readonly username: string
  readonly tokenType: TokenType
  readonly tokenName?: string
  readonly parent?: TokenKey
  readonly scopes: readonly Scope[]
  readonly service?: string
  readonly expires?: EpochSeconds
  readonly actor: string
  /** The token that acted. */
  readonly actorToken?: TokenKey
  readonly action: ChangeAction
  readonly address?: string
  /** As it was read; written from the actor. */
  readonly act?: ActId
  /** The actor's reason, in their words; as `act`. */
  readonly reason?: string
  readonly at: EpochSeconds
  /** For `edit`: the replaced values. Only changed fields are present; an expiry that was "never" is null. */
  readonly old?: {
    readonly name?: string
    readonly scopes?: readonly Scope[]
    readonly expires?: EpochSeconds | null
    readonly restriction?: Restriction | null
  }
  /** For the audit event of the change, and not stored with the history. */
  readonly restriction?: Restriction
  /** As `restriction`. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The changes of one act on many tokens, as one entry of a history. */
export interface SeveralChanges {
  readonly count: number
  /** Whether there are more than were counted. */
  readonly hasMore: boolean
  readonly users: number
  readonly what: 'tokens' | 'sessions' | 'both'
  /** The newest of them. */
  readonly listed: readonly TokenHistoryEntry[]
}

/** An entry of a history: a change, or the newest of the changes of an act. */
export interface ToldChange {
  readonly change: TokenHistoryEntry
  readonly several?: SeveralChanges
}

/** Makes the history entry for a change of a token as a whole. */
export function recordChange(
  action: Exclude<ChangeAction, 'edit'>,
  token: TokenRecord,
  actor: Actor,
  at: EpochSeconds,
): TokenHistoryEntry {
  return { ...describe(token), action, at, ...nameActor(actor) }
}

/** Makes the history entry for an edit: the token now, and the previous values of changed fields. */
export function recordEdit(before: TokenRecord, after: TokenRecord, actor: Actor, at: EpochSeconds): TokenHistoryEntry {
  const old = {
    ...(before.name !== after.name && before.name !== undefined && { name: before.name }),
    ...(before.scopes.join(' ') !== after.scopes.join(' ') && { scopes: before.scopes }),
    ...(before.expires !== after.expires && { expires: before.expires ?? null }),
    ...(!isSame(before.restriction, after.restriction) && { restriction: before.restriction ?? null }),
  }
  return {
    ...describe(after),
    action: 'edit',
    at,
    old,
    ...nameActor(actor),
  }
}

/** Compares restrictions, whose lists are sorted. */
function isSame(one: Restriction = {}, other: Restriction = {}): boolean {
  const text = ({ networks, services }: Restriction) => JSON.stringify([networks ?? null, services ?? null])
  return text(one) === text(other)
}

function nameActor({ username, address, token }: Actor) {
  return { actor: username, ...(address && { address }), ...(token !== undefined && { actorToken: token }) }
}

function describe(token: TokenRecord) {
  return {
    token: token.key,
    username: token.username,
    tokenType: token.type,
    scopes: token.scopes,
    ...(token.name !== undefined && { tokenName: token.name }),
    ...(token.parent !== undefined && { parent: token.parent }),
    ...(token.service !== undefined && { service: token.service }),
    ...(token.expires !== undefined && { expires: token.expires }),
    ...(token.restriction !== undefined && { restriction: token.restriction }),
  }
}

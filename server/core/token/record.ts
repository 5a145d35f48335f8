import type { Restriction } from '../access/restriction.js'
import type { EpochSeconds } from '../time.js'
import type { Scope } from './scope.js'
import type { TokenKey } from './token.js'

/** Gafaelfawr's token types. */
export const TOKEN_TYPES = ['session', 'user', 'notebook', 'internal', 'service', 'oidc'] as const
export type TokenType = (typeof TOKEN_TYPES)[number]

/** The types of tokens with which code acts for its user: notebooks, services, and clients of OpenID Connect. */
const DELEGATED_TYPES: ReadonlySet<TokenType> = new Set(['notebook', 'internal', 'oidc'])

/** The types of tokens that are asked for, by users, administrators and programs; others come from a sign-in or another token. */
export const LASTING_TYPES = ['user', 'service'] as const satisfies readonly TokenType[]
const LASTING: ReadonlySet<TokenType> = new Set(LASTING_TYPES)

/** Whether a token was asked for, and is not the product of a sign-in or of another token: only these are listed as a user's own, edited and rotated. */
export function isLasting({ type }: Pick<TokenRecord, 'type'>): boolean {
  return LASTING.has(type)
}

export function isDelegated({ type, parent }: Pick<TokenRecord, 'type' | 'parent'>): boolean {
  return parent !== undefined || DELEGATED_TYPES.has(type)
}

/** A group as services see it: its name and GID. */
export interface Group {
  readonly name: string
  readonly id: number
}

/** An administrator's description of a token's owner; it takes precedence over the site's sources. */
export interface Pinned {
  readonly name?: string
  readonly email?: string
  readonly uid?: number
  readonly gid?: number
  readonly groups?: readonly Group[]
}

/** A token's record, from either store; without its secret. */
export interface TokenRecord {
  readonly key: TokenKey
  readonly type: TokenType
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly created: EpochSeconds
  /** Absent: never expires. */
  readonly expires?: EpochSeconds
  /** The name that its owner gave it; user tokens only. */
  readonly name?: string
  /** The service that it was made for; internal tokens only, and none of those that a token was exchanged for. */
  readonly service?: string
  /** The user tokens that it was made with, its maker first; they are another thing than the parent of a delegated token. */
  readonly makers?: readonly TokenKey[]
  /** The token it was derived from. */
  readonly parent?: TokenKey
  /** When its owner last proved who they are; sessions only. Absent: when it was created. */
  readonly authenticated?: EpochSeconds
  /** The `id` of the identity provider that authenticated its owner; sessions only. Absent: a local account. */
  readonly provider?: string
  /** Scopes that its owner's groups give and the session lacks, because its sign-in was not strong enough; sessions only. */
  readonly withheld?: readonly Scope[]
  /** The owner's own name, as it was at sign-in; sessions only. */
  readonly ownerName?: string
  /** The owner's address as the site knows it now. */
  readonly email?: string
  readonly pinned?: Pinned
  /** Made by an administrator: it keeps its scopes independently of its owner's groups. */
  readonly granted?: true
  /** Where it may be used; absent: everywhere. A delegated token may be used where its parents may, too. */
  readonly restriction?: Restriction
  /** The names of the owner's groups, as far as the site knows them. */
  readonly groups?: readonly string[]
  /** Delegation depth; 0 for a token created directly. */
  readonly depth?: number
  readonly lastUsed?: Use
  /** The last use of a token that was delegated from it. */
  readonly usedBelow?: EpochSeconds
  /** When the idle timeout ends it; where the site has one, and never stored. */
  readonly idle?: IdleEnd
}

/** When the idle timeout ends a token, as of the moment of reading. */
export interface IdleEnd {
  /** The token itself, or its first ancestor: a use of either restarts the timeout. */
  readonly key: TokenKey
  readonly at: EpochSeconds
}

/** When, from where and with what a token was last admitted. */
export interface Use {
  readonly at: EpochSeconds
  readonly address?: string
  /** The client's User-Agent, shortened. */
  readonly client?: string
}

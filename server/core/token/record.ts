import type { EpochSeconds } from '../time.js'
import type { Scope } from './scope.js'
import type { TokenKey } from './token.js'

/** Gafaelfawr's token types. */
export type TokenType = 'session' | 'user' | 'notebook' | 'internal' | 'service' | 'oidc'

/** A group as services see it: its name and GID. */
export interface Group {
  readonly name: string
  readonly id: number
}

/** What an administrator says of a token's owner; it wins over what the site knows. */
export interface Pinned {
  readonly name?: string
  readonly email?: string
  readonly uid?: number
  readonly gid?: number
  readonly groups?: readonly Group[]
}

/** What is known of a token, whichever store holds it; all but what would let somebody use it. */
export interface TokenRecord {
  readonly key: TokenKey
  readonly type: TokenType
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly created: EpochSeconds
  /** Absent: never expires. */
  readonly expires?: EpochSeconds
  /** What its owner calls it; user tokens only. */
  readonly name?: string
  /** The service that it was made for; internal tokens only. */
  readonly service?: string
  /** The token it was derived from. */
  readonly parent?: TokenKey
  /** The owner's own name, as it was at sign-in; sessions only. */
  readonly ownerName?: string
  /** The owner's address as the site knows it now. */
  readonly email?: string
  readonly pinned?: Pinned
  /** An administrator made it: it keeps what it was given, whatever its owner's groups are. */
  readonly granted?: true
  /** The names of the owner's groups, as far as the site knows them. */
  readonly groups?: readonly string[]
  /** How many tokens it is away from the one that somebody made. */
  readonly depth?: number
  readonly lastUsed?: Use
  /** When something that was delegated from it was last used. */
  readonly usedBelow?: EpochSeconds
  /** When it ends for want of use; where the site has such a limit, and never stored. */
  readonly idle?: IdleEnd
}

/** When a token ends for want of use, as it was when that was read. */
export interface IdleEnd {
  /** The token itself, or the one that it came from first: a use of either puts it off. */
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

import type { Suspension, SuspensionChange } from '../../../core/incident/suspension.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { FoundPerson } from '../../../storage/postgres/search/people.js'
import type { Neighbours } from '../../../storage/postgres/search/tokens.js'
import type { ListedProgram } from '../../programs/view-models.js'
import type { Page } from '../../shared/view-models.js'
import type { DescribedScope } from '../../tokens/form/view-models.js'
import type { NamedHeir, TokenUse } from '../../tokens/view-models.js'
import type { AdminToken } from '../view-models.js'

/* The models of the search and of a token's page for administrators; `../../shared/view-models.ts` has the conventions. */

/** One group of what was found. */
export interface Found<T> {
  readonly shown: readonly T[]
  /** Whether there are more than are shown. */
  readonly more: boolean
}

export interface FoundToken {
  readonly key: TokenKey
  readonly username: string
  /** Its name, or what stands for one. */
  readonly what: string
}

/** A token that was found by its name. */
export interface FoundName extends FoundToken {
  readonly ended: boolean
}

/** A token that was used from an address, so often. */
export interface FoundUse extends FoundToken {
  readonly count: number
  readonly last: EpochSeconds
}

export interface SearchResults extends Page {
  /** Without secrets; empty before anything was asked. */
  readonly query: string
  readonly people: Found<FoundPerson>
  /** Those that have ended come after the others. */
  readonly tokens: Found<FoundName>
  /** Absent when the query is no address and no network. */
  readonly uses?: Found<FoundUse>
  /** Whether more uses are from the network than can be listed. */
  readonly hasTooManyUses?: boolean
  readonly programs: Found<ListedProgram>
  /** How many each group shows at most. */
  readonly most: number
  /** How many days back uses are searched. */
  readonly days: number
}

/** A token with those that were delegated from it. */
export interface TokenNode {
  readonly key: TokenKey
  readonly what: string
  /** Whether it is the one that the page is about. */
  readonly here: boolean
  readonly ended: boolean
  readonly below: readonly TokenNode[]
}

export interface AdminTokenPage extends Page {
  readonly username: string
  readonly token: AdminToken
  readonly scopes: readonly DescribedScope[]
  readonly state: 'live' | 'suspended' | 'expired' | 'revoked'
  /** Its own, or that of the token that it came from. */
  readonly suspension?: Suspension & { readonly canBeLifted: boolean }
  /** From the token that it all came from. */
  readonly tree: TokenNode
  /** Whether more tokens were delegated than the tree has. */
  readonly hasMore: boolean
  /** Tokens that it created, and the one that created it. */
  readonly heirs: readonly NamedHeir[]
  readonly maker?: TokenKey
  readonly use: TokenUse
  readonly neighbours: readonly Neighbours[]
  /** Newest first. */
  readonly history: readonly (TokenHistoryEntry | SuspensionChange)[]
}

/** Every view of them by the name of its file. */
export interface SearchViews {
  'search/results': SearchResults
  'search/token': AdminTokenPage
}

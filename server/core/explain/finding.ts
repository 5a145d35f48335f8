import type { RefusalCode } from '../access/refusal.js'
import type { EpochSeconds } from '../time.js'
import type { Scope } from '../token/scope.js'

/** States one thing about a requirement or a token, as a value; `explain.finding` in `views/words` has its sentence. */
export type Finding = Need | Verdict | Obstacle

/** What a request to a location needs. */
export type Need =
  | { readonly is: 'needsAnyToken' }
  | { readonly is: 'needsScopes' | 'needsOneScope'; readonly scopes: readonly Scope[] }
  | { readonly is: 'needsService'; readonly services: readonly string[] }
  | { readonly is: 'needsUser'; readonly username: string }
  | { readonly is: 'needsUserOfHost' }
  | { readonly is: 'needsLifetime'; readonly seconds: EpochSeconds }
  | { readonly is: 'needsInvestigator' }
  | { readonly is: 'needsToken' }
  | { readonly is: 'admitsAnonymous' }

/** How a token does by one rule. */
export type Verdict =
  | { readonly is: 'ended' }
  | { readonly is: 'suspended'; readonly at: EpochSeconds; readonly reason?: string }
  | { readonly is: 'neverExpires' }
  | { readonly is: 'expired' | 'expires'; readonly at: EpochSeconds }
  | { readonly is: 'lastsLongEnough' | 'endsTooSoon'; readonly seconds: EpochSeconds }
  | { readonly is: 'inPlace' }
  | Elsewhere
  | { readonly is: 'hasScopes'; readonly scopes: readonly Scope[] }
  | {
      readonly is: 'lacksScopes' | 'lacksEachScope'
      readonly scopes: readonly Scope[]
      readonly inactive: readonly Scope[]
    }
  | { readonly is: 'madeFor'; readonly services: readonly string[]; readonly service?: string }
  | { readonly is: 'ofUser'; readonly required: string; readonly username: string }
  | { readonly is: 'ofUserOfHost'; readonly username: string }
  | { readonly is: 'dataPublic' | 'dataShared' }
  | { readonly is: 'misconfigured'; readonly message: string }
  | { readonly is: 'refused'; readonly code: RefusalCode }
  | { readonly is: 'quotaBlocks'; readonly service: string }
  | { readonly is: 'quotaAdmits'; readonly requests: number }

/** A token that is used outside of its networks or services. */
interface Elsewhere {
  readonly is: 'elsewhere'
  readonly networks?: readonly string[]
  readonly services?: readonly string[]
  /** Where the request comes from. */
  readonly address?: string
  /** The service that the request goes to. */
  readonly service?: string
}

/** Why no new token of a user would pass. */
export type Obstacle =
  | { readonly is: 'otherUser'; readonly username: string }
  | { readonly is: 'onlyService'; readonly services: readonly string[] }

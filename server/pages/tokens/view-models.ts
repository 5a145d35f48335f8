import type { SuspensionChange } from '../../core/incident/suspension.js'
import type { HeatStrip } from '../../core/pictures/heat-strip.js'
import type { UseBars } from '../../core/pictures/use-bars.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { OverlapChoice } from '../../core/token/rotation.js'
import type { TokenKey } from '../../core/token/token.js'
import type { OneLine } from '../../core/token-list/one-line.js'
import type { Sort } from '../../core/token-list/order.js'
import type { ListQuery } from '../../core/token-list/query.js'
import type { UsedFrom } from '../../storage/postgres/token-use-log.js'
import type { Prose } from '../../words/prose.js'
import type { ShownRecipe } from '../recipes/view-models.js'
import type { FieldError, Page } from '../shared/view-models.js'
import type { Annotations } from './annotate.js'
import type { DescribedScope, TokenCreate } from './form/view-models.js'

/* The models of the views of tokens; `../shared/view-models.ts` has the conventions. */

/** A user token; a {@link TokenRecord} is one. */
export interface ListedToken
  extends Pick<TokenRecord, 'key' | 'name' | 'scopes' | 'created' | 'expires' | 'lastUsed' | 'makers' | 'restriction'>,
    Annotations {}

/** A web session; a session's {@link TokenRecord} with the two things that tell it from the others. */
export interface ListedSession extends Pick<TokenRecord, 'key' | 'created' | 'expires' | 'lastUsed'> {
  /** `Firefox on Linux`: see `userAgentName`. */
  readonly browser: string
  /** Whether it is the session that asks. */
  readonly current: boolean
  /** How its owner signed in: an identity provider's title, or `a password` on a site that has both. */
  readonly through?: string
  /** Where its owner signed in from, when it was last used from somewhere else. */
  readonly signedInFrom?: string
  /** The browser that it was last used with, when that is another: a cookie that travels. */
  readonly usedWith?: string
}

/** A token that was delegated to a notebook or a service, or that a program exchanged for another. */
export interface ListedDelegated extends Pick<TokenRecord, 'key' | 'scopes' | 'expires' | 'lastUsed' | 'restriction'> {
  readonly permissions: OneLine
  /** `Token for tap`: see `delegatedName`. */
  readonly what: string
  /** The name of the token, or the browser of the session, that it came from. */
  readonly from: string
}

/** A notice to the user, in words. */
export interface ListedNotice {
  readonly id: string
  readonly at: EpochSeconds
  readonly sentence: string
  /** From where, with what: `From 192.0.2.7`, `With Firefox on Linux`. */
  readonly origin: readonly string[]
  /** The administrator's reason for a revocation. */
  readonly reason?: string
  /** The own path of the page about it. */
  readonly page?: string
}

export interface ListedNotices {
  /** Newest first. */
  readonly shown: readonly ListedNotice[]
  /** Those after them, folded away. */
  readonly folded: readonly ListedNotice[]
  /** The number of the newest. */
  readonly newest: string
  /** Those that are only counted. */
  readonly older?: { readonly count: number; readonly since: EpochSeconds }
}

/** A row of the list. */
export interface ListedRow extends ListedToken {
  readonly permissions: OneLine
  readonly bars: UseBars
  /** The client of its last use, in short. */
  readonly program?: string
  /** Whether it was used today from a network that is new. */
  readonly hasNewPlace: boolean
  /** Whether it is the one that was just created. */
  readonly isNew: boolean
  /** Whether a rotation has replaced it: it works on for a while. */
  readonly isReplaced: boolean
  /** Not the old one of a rotation, and not one that has expired and is still listed. */
  readonly canRotate: boolean
  /** Leads to the form for another with the same permissions. */
  readonly duplicate: string
}

/** A token that was revoked or has expired. */
export interface EndedRow extends Pick<TokenHistoryEntry, 'token' | 'at' | 'actor'> {
  readonly name: string
  readonly how: 'revoked' | 'expired'
  readonly permissions: OneLine
}

/** A chip above the list: a part of it, and the way back to all where it is the one that is shown. */
export interface Chip {
  readonly show: NonNullable<ListQuery['show']>
  readonly count: number
  readonly href: string
  readonly isCurrent: boolean
}

/** The line above a list of eight tokens or more. */
export interface ListTools {
  readonly query: ListQuery
  readonly sorts: readonly Sort[]
  readonly chips: readonly Chip[]
}

export interface TokenList extends Page {
  /** Until the user dismisses them. */
  readonly notices?: ListedNotices
  /** How many live tokens the user has. */
  readonly total: number
  /** How many the search and the chip leave, on all pages. */
  readonly found: number
  /** Absent where there is little to search and to choose from. */
  readonly tools?: ListTools
  /** One page of them. */
  readonly userTokens: readonly ListedRow[]
  /** In the place of the live ones, where they are asked for. */
  readonly ended?: readonly EndedRow[]
  /** Leads there, where no chip does. */
  readonly endedLink?: { readonly href: string; readonly count: number }
  readonly newer?: string
  readonly older?: string
  readonly sessions: readonly ListedSession[]
  readonly delegated: readonly ListedDelegated[]
  /** The result of the form just sent. */
  readonly notice?: ListNotice
}

/** The result of a form. */
export interface ListNotice {
  readonly text: Prose
  /** The instant of a dismissal of notices, which can be undone. */
  readonly undo?: EpochSeconds
}

/** Asks before several tokens are revoked. */
export interface RevokeSelected extends Page {
  readonly tokens: readonly (ListedToken & { readonly alsoEnds: readonly string[] })[]
  /** The names of the tokens that were created with them, and may be revoked with them. */
  readonly heirs: readonly string[]
}

export interface TokenEdit extends Omit<TokenCreate, 'suggestion' | 'templates' | 'asksAnyway'> {
  /** As it is; what is to become of it is in `values`. */
  readonly token: ListedToken
}

/** How a new token is tried out. */
export interface Trial {
  /** For a shell. */
  readonly command: string
  /** The TAP service, and a query to it; absent where the site itself has none that the token is for. */
  readonly tap?: { readonly url: string; readonly query: string }
}

export interface TokenCreated extends Page {
  /** The token's name; of a service's token, the service's user name. */
  readonly name: string
  /** Whether it is a service's, made by an administrator. */
  readonly forService?: boolean
  readonly scopes: readonly string[]
  /** As it was stored. */
  readonly expires?: EpochSeconds
  /** How long it may go without a use, and when it ends if it is never used; absent where `expires` is sooner. */
  readonly idle?: { readonly time: string; readonly end: EpochSeconds }
  /** The whole token, this one time. */
  readonly token: string
  readonly trial: Trial
  /** How programs use it. */
  readonly recipes: readonly ShownRecipe[]
}

export interface TokenDetails extends Page {
  readonly token: ListedToken
  readonly scopes: readonly DescribedScope[]
  readonly state: 'live' | 'suspended' | 'expired' | 'revoked'
  /** Whether its owner may replace it by another. */
  readonly canRotate: boolean
  /** Of an old token that works until its successor has taken over. */
  readonly successor?: Pick<TokenRecord, 'key' | 'name'>
  /** The form for another with the same permissions. */
  readonly duplicate: string
  readonly use: TokenUse
  /** Tokens for notebooks and services that end with it. */
  readonly delegated: readonly CameFrom[]
  /** Tokens that it created. */
  readonly heirs: readonly NamedHeir[]
  /** Newest first. */
  readonly history: readonly (TokenHistoryEntry | SuspensionChange)[]
}

/** What came from a token: how many there are of what, and which was used last. */
export interface CameFrom {
  /** `Token for tap`: see `delegatedName`. */
  readonly what: string
  readonly count: number
  readonly lastUsed?: EpochSeconds
}

export interface NamedHeir {
  readonly name: string
  /** Absent: another user's, or a service's. */
  readonly key?: TokenKey
}

/** How a token was used. */
export interface TokenUse {
  readonly bars: UseBars
  /** The first days of months, from the left. */
  readonly months: readonly { readonly at: EpochSeconds; readonly percent: number }[]
  /** The latest first. */
  readonly places: readonly PlaceOfUse[]
  /** Whether there are more places than are named. */
  readonly hasMore: boolean
  /** Whether one of them is new. */
  readonly hasNew: boolean
}

/** An address with a client there. */
export interface PlaceOfUse extends UsedFrom {
  readonly isOthers: boolean
  /** It appeared in the last days. */
  readonly isNew: boolean
  readonly strip: HeatStrip
}

export interface TokenRotate extends Page {
  readonly token: ListedToken
  readonly overlaps: readonly OverlapChoice[]
  /** The overlap that is chosen beforehand, or was before a mistake. */
  readonly chosen?: EpochSeconds
  /** The end of a new token that lasts as long as this one was made for; absent for one that never expires. */
  readonly renewed?: EpochSeconds
  readonly errors: readonly FieldError[]
}

export interface TokenRevoke extends Page {
  readonly token: ListedToken
  /** The tokens revoked with it, by kind: `2 notebook tokens made from it`. */
  readonly alsoEnds: readonly string[]
  /** The names of the tokens that were created with it, and may be revoked with it. */
  readonly heirs: readonly string[]
}

/** Every view of tokens by the name of its file. */
export interface TokenViews {
  'tokens/list': TokenList
  'tokens/create': TokenCreate
  'tokens/created': TokenCreated
  'tokens/edit': TokenEdit
  'tokens/details': TokenDetails
  'tokens/revoke': TokenRevoke
  'tokens/revoke-selected': RevokeSelected
  'tokens/rotate': TokenRotate
}

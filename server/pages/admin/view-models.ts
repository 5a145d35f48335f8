import type { ClientSecret, OpenIdClient } from '../../core/openid/client.js'
import type { ProvidedIdentity, Subject } from '../../core/people/identity.js'
import type { IdentityAction, IdentityChange } from '../../core/people/identity-history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry, ToldChange } from '../../core/token/history.js'
import type { TokenType } from '../../core/token/record.js'
import type { Account } from '../../storage/postgres/accounts.js'
import type { AwaitedUser } from '../../storage/postgres/identity/awaited-users.js'
import type { RefusedIdentity } from '../../storage/postgres/identity/refusals.js'
import type { Lockdown } from '../../storage/postgres/lockdown.js'
import type { StoredPerson } from '../../storage/postgres/people.js'
import type { FieldError, Page } from '../shared/view-models.js'
import type { TokenCreate, TokenFormValues } from '../tokens/form/view-models.js'
import type { ListedToken } from '../tokens/view-models.js'
import type { AccountAct } from './accounts/possible.js'
import type { HistoryError, HistoryValues } from './history-filter.js'

/* The models of the views for administrators; `../shared/view-models.ts` has the conventions. */

/** A token of any type and any user. */
export interface AdminToken extends ListedToken {
  readonly username: string
  readonly type: TokenType
  /** Its name, or what stands for one: `Firefox on Linux`, `Token for tap`. */
  readonly what: string
  /** The token that a delegated token was derived from. */
  readonly from?: string
}

export interface UserPage extends Page {
  readonly username: string
  /** Absent when no local account has this name. */
  readonly account?: Omit<Account, 'passwordHash'>
  /** A user of an identity provider. */
  readonly person?: StoredPerson
  /** Whether it is the administrator's own. */
  readonly isOwn: boolean
  readonly acts: readonly AccountAct[]
  /** Those of one page: user and service tokens together, newest first. */
  readonly userTokens: readonly AdminToken[]
  readonly serviceTokens: readonly AdminToken[]
  /** Addresses of the pages before and after. */
  readonly newer?: string
  readonly older?: string
  readonly sessions: readonly AdminToken[]
  readonly delegated: readonly AdminToken[]
  /** The result of the form just sent: `topcat was revoked.` */
  readonly notice?: string
}

export interface Identities extends Page {
  readonly refused: readonly RefusedIdentity[]
  readonly awaited: readonly AwaitedUser[]
  readonly changes: readonly IdentityChange[]
}

export interface LockdownPage extends Page {
  /** Absent: the site is not locked down. */
  readonly lockdown?: Lockdown
  /** The emergency accounts that are not disabled. */
  readonly accounts: readonly string[]
}

export interface LockdownQuestion extends Page {
  readonly act: 'on' | 'off'
  /** Whether the administrator could sign in again during the lockdown. */
  readonly isEmergency: boolean
}

export interface IdentityQuestion extends Page {
  readonly username: string
  readonly act: Exclude<IdentityAction, 'bind'>
  readonly present: { readonly provider: string; readonly identity?: Subject }
  /** The identity that the name would be bound to. */
  readonly to?: ProvidedIdentity
}

export interface AdminTokenRevoke extends Page {
  readonly username: string
  readonly token: AdminToken
  readonly alsoEnds: readonly string[]
  /** The names of the tokens that were created with it, and may be revoked with it. */
  readonly heirs: readonly string[]
  /** Whether it is the administrator's own session. */
  readonly own: boolean
}

export interface SuspensionQuestion extends Page {
  readonly act: 'suspend' | 'lift'
  readonly username: string
  readonly token: AdminToken
  /** When a suspension that begins now would end, or when this one does. */
  readonly until: EpochSeconds
  /** What falls with it: `2 service tokens`. */
  readonly alsoEnds: readonly string[]
  /** The names of the tokens that were created with it, which are suspended with it. */
  readonly heirs: readonly string[]
  /** Whether it is the administrator's own session. */
  readonly own: boolean
  readonly errors: readonly FieldError[]
}

export interface RevokeEverything extends Page {
  readonly username: string
  /** How many of what: `3 user tokens`. */
  readonly ends: readonly string[]
  /** Whether the administrator would be signed out, too. */
  readonly own: boolean
  /** Whether the user can sign in again with a local account. */
  readonly active: boolean
}

export interface ServiceTokens extends Page {
  /** Newest first. */
  readonly tokens: readonly AdminToken[]
  /** How many are listed at most, when there are more. */
  readonly limit?: number
}

/** The tokens that deserve a look: no group change and no end takes them away. */
export interface TokenReview extends Page {
  /** User tokens whose scopes an administrator granted, newest first. */
  readonly granted: readonly AdminToken[]
  /** User and service tokens without an end, newest first. */
  readonly endless: readonly AdminToken[]
  /** How many each list has at most, when there are more. */
  readonly limit?: number
}

/** The fields of a service token's form. */
export interface ServiceTokenValues extends TokenFormValues {
  readonly username: string
  readonly email: string
}

export interface ServiceTokenCreate extends Omit<TokenCreate, 'values' | 'suggestion' | 'templates' | 'taken'> {
  readonly values: ServiceTokenValues
}

/** An entry of a history; `all` is where each change of its act stands. */
export interface ShownEntry extends ToldChange {
  readonly all?: string
}

export interface AdminHistory extends Page {
  /** As typed, or as a link has them. */
  readonly values: HistoryValues
  /** The kinds of changes to choose from. */
  readonly actions: readonly TokenHistoryEntry['action'][]
  /** The same search over the last days. */
  readonly periods: readonly { readonly days: number; readonly href: string }[]
  /** What is found, as files. */
  readonly downloads: readonly { readonly format: string; readonly href: string }[]
  readonly errors: readonly HistoryError[]
  /** Newest first. */
  readonly entries: readonly ShownEntry[]
  /** Where all changes are, when those of one act are shown. */
  readonly allActs?: string
  /** Addresses of the pages before and after. */
  readonly newer?: string
  readonly older?: string
}

/** The fields of the form of a client; several addresses or groups have spaces between. */
export interface ClientValues {
  readonly description: string
  readonly 'return-uris': string
  readonly 'post-logout-uris': string
  readonly 'backchannel-logout-uri': string
  readonly 'required-scope': string
  readonly 'required-groups': string
  readonly notes: string
  readonly isPublic: boolean
  readonly isOwnSite: boolean
}

export interface ClientList extends Page {
  /** The oldest first. */
  readonly clients: readonly OpenIdClient[]
}

export interface ClientCreate extends Page {
  readonly values: ClientValues
  readonly errors: readonly FieldError[]
}

export interface ClientPage extends ClientCreate {
  readonly client: OpenIdClient
  /** Those that are valid now, the newest first. */
  readonly secrets: readonly Omit<ClientSecret, 'digest'>[]
}

/** The one page that shows the secret of a client; a public client has none. */
export interface ClientSecretPage extends Page {
  readonly client: OpenIdClient
  readonly issuer: string
  readonly secret?: string
  /** When the secrets before it end. */
  readonly previousUntil?: EpochSeconds
}

export interface ClientQuestion extends Page {
  readonly client: OpenIdClient
}

/** Every view for administrators by the name of its file. */
export interface AdminViews {
  'admin/user': UserPage
  'admin/revoke': AdminTokenRevoke
  'admin/suspension': SuspensionQuestion
  'admin/identities': Identities
  'admin/lockdown': LockdownPage
  'admin/lockdown-change': LockdownQuestion
  'admin/identity-change': IdentityQuestion
  'admin/revoke-everything': RevokeEverything
  'admin/review': TokenReview
  'admin/service-tokens': ServiceTokens
  'admin/service-token-create': ServiceTokenCreate
  'admin/history': AdminHistory
  'clients/list': ClientList
  'clients/create': ClientCreate
  'clients/client': ClientPage
  'clients/secret': ClientSecretPage
  'clients/delete': ClientQuestion
}

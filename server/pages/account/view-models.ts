import type { Passkey } from '../../core/people/passkey.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Group, TokenType } from '../../core/token/record.js'
import type { Preferences } from '../../words/reader.js'
import type { ShownEntry } from '../admin/view-models.js'
import type { ShownConsent } from '../openid/view-models.js'
import type { Page, PasskeyForm, SignInError } from '../shared/view-models.js'
import type { DescribedScope } from '../tokens/form/view-models.js'
import type { ListedDelegated, ListedSession } from '../tokens/view-models.js'
import type { ShownQuotas } from './quotas.js'

/* The models of the views of the account; `../shared/view-models.ts` has the conventions. */

/** The signed-in user, as the site knows them. */
export interface Account extends Page {
  /** Whether they sign in with a password of this site, which they can change. */
  readonly localAccount: boolean
  /** Their passkeys; absent where they can have none. */
  readonly passkeys?: readonly ListedPasskey[]
  /** The clients of the OpenID Connect server that they agreed to. */
  readonly services: readonly ShownConsent[]
  readonly username: string
  readonly name?: string
  readonly email?: string
  /** Whether access to data that is given to the address counts. */
  readonly isEmailVerified: boolean
  readonly uid?: number
  readonly groups: readonly Group[]
  readonly scopes: readonly DescribedScope[]
  /** Scopes that the session lacks, because its sign-in was not strong enough for an administrator. */
  readonly withheld: readonly string[]
  /** See `browserName`. */
  readonly browser: string
  readonly signedIn: EpochSeconds
  readonly expires?: EpochSeconds
  /** Absent for a user without limits. */
  readonly quotas?: ShownQuotas
  readonly preferences: Preferences
}

/** The changes of all of a user's tokens and sessions, newest first. */
export interface OwnHistory extends Page {
  readonly entries: readonly ShownEntry[]
  /** Where all changes are, when those of one act are shown. */
  readonly allActs?: string
  readonly type?: TokenType
  readonly newer?: string
  readonly older?: string
}

export type ListedPasskey = Pick<Passkey, 'id' | 'name' | 'created' | 'lastUsed'>

export interface AddPasskey extends Page {
  /** As typed before a mistake. */
  readonly name: string
  readonly form: PasskeyForm
  readonly error?: SignInError
}

export interface RemovePasskey extends Page {
  readonly passkey: ListedPasskey
  /** Whether the user has no other. */
  readonly isLast: boolean
}

export interface EndOtherSessions extends Page {
  readonly others: readonly ListedSession[]
}

/** Asks before a session is logged out, or a token of a notebook or a service is revoked; it has one of them. */
export interface EndSession extends Page {
  readonly session?: ListedSession
  readonly token?: ListedDelegated | undefined
  /** The tokens that end with it, by kind. */
  readonly alsoEnds: readonly string[]
}

/** Where users with a local account change their password. */
export interface ChangePassword extends Page {
  readonly username: string
  readonly error?: SignInError
}

/** Every view of the account by the name of its file. */
export interface AccountViews {
  'account/history': OwnHistory
  'account/end-other-sessions': EndOtherSessions
  'account/end-session': EndSession
  'account/account': Account
  'account/password': ChangePassword
  'account/passkey-new': AddPasskey
  'account/passkey-remove': RemovePasskey
}

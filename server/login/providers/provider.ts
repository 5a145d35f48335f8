import type { Subject } from '../../core/people/identity.js'
import type { ProviderGroup } from '../../core/people/provider-groups.js'
import type { ProviderMark } from '../../core/people/provider-mark.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { SignInFailure } from '../failure.js'

/** An identity provider. */
export interface Provider {
  /** Used in URLs and in `person.provider`: `cilogon`. */
  readonly id: string
  /** The text of the button. */
  readonly title: string
  /** The mark on the button. */
  readonly icon: ProviderMark
  /** Where browsers come back to, for a provider whose registration has an address of its own on any site. */
  readonly callback?: URL

  /**
   * Begins a sign-in. The returned `state` is sealed in the browser until it comes back.
   *
   * @param state sent to the provider, which returns it (RFC 6749 §10.12)
   * @param options `anew`: the user shall prove who they are, whatever session the provider has of them
   */
  begin(state: string, redirectUri: URL, options: BeginOptions): Promise<AuthorizationRedirect | SignInFailure>

  /**
   * Finishes a sign-in. The caller has verified that `state` is this browser's.
   *
   * @param callback the URL at which the browser came back, with its parameters
   * @param saved the `state` that {@link begin} returned
   */
  finish(callback: URL, state: string, saved: Readonly<Record<string, string>>): Promise<Identity | SignInFailure>

  /** Notes that a session was opened for an identity with a `logoutToken`, so that the provider can end it. */
  sessionOpened?(logoutToken: string, key: TokenKey): Promise<void>

  /**
   * Ends the provider's own session or grant. Returns the URL to redirect the browser to, if the provider has one.
   *
   * @param logoutToken the identity's, or empty
   * @param returnTo where the provider sends the user back to
   */
  endSession?(logoutToken: string, returnTo: URL): Promise<URL | undefined>
}

export interface BeginOptions {
  readonly anew: boolean
}

export interface AuthorizationRedirect {
  readonly url: URL
  /** Fields that the browser sends to the URL in a form, for a provider that takes no redirect. */
  readonly form?: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
}

/** A user as a provider describes them. An absent field is unknown; empty `groups` means "in none". */
export interface Identity {
  /** Identifies the user; the provider gives it to no other user. */
  readonly subject: Subject
  /** When they proved at the provider who they are, where it says so. */
  readonly authenticated?: EpochSeconds
  /** Whether they did so in no way that the site requires of administrators. */
  readonly isWeak?: true
  /** As the provider sends it; it is validated afterwards. */
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly emailVerified?: true
  readonly uid?: number
  readonly gid?: number
  /** A group without a number gets one from the site's own table. */
  readonly groups?: readonly ProviderGroup[]
  /** Names of groups that no group can have here. */
  readonly leftOut?: readonly string[]
  /** Why groups are missing that the provider says the user has. */
  readonly groupsWithheld?: string
  /**
   * The credential for signing out: an id_token for RP-initiated logout, an access token to revoke. It is sealed in an
   * HttpOnly cookie and in no store: invariant "secrets are never stored".
   */
  readonly logoutToken?: string
}

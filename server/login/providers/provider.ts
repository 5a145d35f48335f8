import type { SignInFailure } from '../failure.js'

/** A way of signing in that is somebody else's. */
export interface Provider {
  /** In addresses and in `person.provider`: `cilogon`. */
  readonly id: string
  /** On the button. */
  readonly title: string

  /**
   * Where the browser goes, and what has to be remembered (sealed, in the browser) until it comes back.
   *
   * @param state to be sent along and to come back (RFC 6749, section 10.12)
   */
  begin(state: string, redirectUri: URL): Promise<AuthorizationRedirect | SignInFailure>

  /**
   * Who came back; a failure is a value for people. `state` was already found to be this browser's.
   *
   * @param callback the address at which the browser came back, parameters and all
   * @param remember what `begin` asked to remember
   */
  finish(callback: URL, state: string, remember: Readonly<Record<string, string>>): Promise<Identity | SignInFailure>

  /**
   * Ends the provider's own session or grant; answers where the browser goes on, if it must go anywhere.
   *
   * @param kept the identity's `keep`
   * @param afterwards where the person is to end
   */
  endSession?(kept: string, afterwards: URL): Promise<URL | undefined>
}

export interface AuthorizationRedirect {
  readonly url: URL
  readonly state: Readonly<Record<string, string>>
}

/** Somebody as a provider describes them. Absent is what it does not say: `groups` empty means "in none". */
export interface Identity {
  /** As the provider writes it; whether it can be a user name is decided after. */
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly emailVerified?: true
  readonly uid?: number
  readonly gid?: number
  /** A group without a number gets one from the site's own table. */
  readonly groups?: readonly { readonly name: string; readonly id?: number }[]
  /**
   * What signing out needs: an id_token for RP-initiated logout, an access token to revoke. It is kept sealed, in an
   * HttpOnly cookie of its own, and in no store: invariant "secrets are never stored".
   */
  readonly logoutToken?: string
}

import type { EpochSeconds } from '../../core/time.js'
import type { Page } from '../shared/view-models.js'

/* The models of the views of the OpenID Connect server; `../shared/view-models.ts` has the conventions. */

/** What a client wants to learn, as a question to the user. */
export interface Consent extends Page {
  readonly action: string
  readonly client: string
  /** Where the user goes with the answer. */
  readonly host: string
  /** What it learns, each as a phrase. */
  readonly learns: readonly string[]
  /** Whether it may ask for all that later, until the session ends. */
  readonly isLasting: boolean
  /** Whether the user is not asked again; a program on the user's machine asks each time. */
  readonly isRemembered: boolean
}

/** A client that is not for this user. */
export interface NoAccess extends Page {
  readonly action: string
  readonly client: string
  /** What the user needs for it, in a sentence. */
  readonly needs: string
}

/** What a user has agreed that a client learns. */
export interface ShownConsent {
  readonly clientId: string
  readonly client: string
  readonly hosts: readonly string[]
  readonly learns: readonly string[]
  readonly isLasting: boolean
  readonly granted: EpochSeconds
}

export interface WithdrawConsent extends Page {
  readonly consent: ShownConsent
}

export interface OpenIdSignOut extends Page {
  /** Where the form leads of a user who stays signed in. */
  readonly stay: string
  readonly xsrf: string
  /** Absent: the client is not known. */
  readonly client?: { readonly id: string; readonly name: string }
  /** Where the client wants its user afterwards. */
  readonly onward?: { readonly address: string; readonly state?: string }
}

export interface OpenIdViews {
  'openid/consent': Consent
  'openid/consent-withdraw': WithdrawConsent
  'openid/no-access': NoAccess
  'openid/sign-out': OpenIdSignOut
}

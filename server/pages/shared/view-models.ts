import type { ProviderMark } from '../../core/people/provider-mark.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Lockdown } from '../../storage/postgres/lockdown.js'

/*
 * The model of each view. Instants are epoch seconds and an absent end means "never", as in core: the views turn them
 * into words by `layout.now`. Every value is escaped when it is written, except `footerHtml`.
 */

/** How the site presents itself on every page; from the configuration. */
export interface SiteLook {
  readonly name: string
  /** A path on this site or a `data:` URL: pages load images from nowhere else. */
  readonly logoUrl?: string
  /** Written as it is: the operator's own markup. */
  readonly footerHtml?: string
  readonly helpLinks: readonly Link[]
}

export interface Link {
  readonly text: string
  readonly href: string
}

/** The pages of administrators that a user may see: all, or those by these names. */
export type Administers = 'everything' | readonly ('programs' | 'oidc-clients')[]

/** The model of the layout, which every page has. */
export interface PageLayout {
  readonly site: SiteLook
  readonly now: EpochSeconds
  /** For every form on the page, the menu's Sign out among them. */
  readonly csrf: string
  /** Whether the site has clients of its OpenID Connect server. */
  readonly hasClients?: boolean
  /** Absent before signing in. */
  readonly user?: {
    readonly username: string
    readonly name?: string
    /** To which pages of administrators the menu leads. */
    readonly administers?: Administers | undefined
    /** Whether it leads to their programs. */
    readonly investigator?: boolean
  }
}

/** The model that every page has. */
export interface Page {
  readonly layout: PageLayout
}

export interface SignIn extends Page {
  /** Identity providers, by what they are called. */
  readonly providers: readonly (Link & { readonly icon: ProviderMark })[]
  /** Whether there is a form for accounts kept here. */
  readonly accounts: boolean
  /** Signs in with a passkey alone. */
  readonly passkey?: PasskeyForm
  /** As typed before a mistake. */
  readonly username: string
  /** Where to go afterwards; as it came, to be checked again when the form comes back. */
  readonly rd: string
  /** The site is locked down: no sign-ins but of emergency accounts. */
  readonly lockdown?: Pick<Lockdown, 'reason'>
  readonly error?: SignInError
}

/** The part of a form that `static/passkey.js` fills in. */
export interface PasskeyForm {
  /** The sealed challenge, for the next request. */
  readonly challenge: string
  /** JSON of the options of `navigator.credentials`. */
  readonly options: string
}

/** Where a user shows a passkey after the password. */
export interface SecondFactor extends Page {
  readonly username: string
  /** The sealed state of the sign-in, for the next request. */
  readonly step: string
  readonly form: PasskeyForm
  readonly error?: SignInError
}

/** Where a user whose password was printed chooses another, before the first session. */
export interface NewPassword extends Page {
  readonly username: string
  /** The sealed state of the sign-in, for the next request. */
  readonly step: string
  readonly error?: SignInError
}

export interface SignInError {
  readonly message: string
  readonly remedy?: string
  readonly retryAfterSeconds?: number
  readonly reference?: string
}

export interface FieldError {
  readonly field:
    | (
        | 'name'
        | 'username'
        | 'email'
        | 'groups'
        | 'scope'
        | 'expires'
        | 'expires_at'
        | 'networks'
        | 'services'
        | 'overlap'
        | 'reason'
      )
    // Of a client of the OpenID Connect server.
    | ('description' | 'return-uris' | 'post-logout-uris' | 'backchannel-logout-uri' | 'required-scope')
  readonly message: string
}

export interface SignOut extends Page {
  /** Where to go afterwards; as it came, to be checked again when the form comes back. */
  readonly rd: string
}

/** Where the finder of a token reports it. */
export interface Leaked extends Page {
  /** Whether a report was just taken, of any text. */
  readonly received: boolean
}

/** Something to tell: what happened, what to do now, and what to quote. */
export interface ErrorPage extends Page {
  readonly heading: string
  readonly what: string
  readonly remedy?: string
  readonly reference?: string
  readonly link?: Link
  /** Where else to go. */
  readonly other?: Link
}

import type { GuardedAct } from '../../core/access/reauthentication.js'
import type { KeptForm } from '../../login/browser/kept-form.js'
import type { Page, PasskeyForm, SignInError } from '../shared/view-models.js'

/* The models of the views for signing in again and at a provider; `../shared/view-models.ts` has the conventions. */

export interface SignInAgain extends Page {
  readonly username: string
  /** How the user signed in: with a password of this site, at a provider, or in a way that the site no longer has. */
  readonly way: { readonly is: 'password' | 'none' } | { readonly is: 'provider'; readonly title: string }
  /** Takes a passkey in place of the password. */
  readonly passkey?: PasskeyForm
  /** The act that it is for. */
  readonly purpose?: GuardedAct
  /** Where to go afterwards; as it came, to be checked again when the form comes back. */
  readonly rd: string
  /** Whether there was a form that could not be kept. */
  readonly lost: boolean
  readonly error?: SignInError
}

/** A form that was kept while its user signed in again. */
export interface ResumeForm extends Page, Pick<KeptForm, 'action' | 'fields'> {
  readonly purpose: GuardedAct
}

/** The form by which the browser goes on to a provider that takes no redirect. */
export interface Onward extends Page, Pick<KeptForm, 'action' | 'fields'> {
  /** Of the provider. */
  readonly title: string
}

export interface SignInAgainViews {
  'sign-in/onward': Onward
  'sign-in/again': SignInAgain
  'sign-in/resume': ResumeForm
}

import type { StoredPerson } from '../../../storage/postgres/people.js'
import type { FieldError, Page } from '../../shared/view-models.js'
import type { AccountAct } from './possible.js'

/* The models of the pages on which administrators keep accounts; `../../shared/view-models.ts` has the conventions. */

export interface AccountList extends Page {
  /** One page of them, by user name. */
  readonly people: readonly StoredPerson[]
  /** Address of the page after this. */
  readonly next?: string
  /** Whether accounts can be created: the site lets them sign in. */
  readonly canCreate: boolean
}

/** The fields of a new account as text. */
export interface AccountValues {
  readonly username: string
  readonly name: string
  readonly email: string
  /** Names with spaces between. */
  readonly groups: string
}

export interface AccountCreate extends Page {
  readonly values: AccountValues
  /** The groups that give permissions. */
  readonly useful: readonly string[]
  readonly errors: readonly FieldError[]
}

/** The one page that shows a generated password. */
export interface GeneratedPassword extends Page {
  readonly username: string
  readonly password: string
  /** Whether the account is new. */
  readonly isNew: boolean
  /** Whether a group lets its user in. */
  readonly admitted: boolean
}

export interface AccountQuestion extends Page {
  readonly username: string
  readonly act: AccountAct
}

/** Every view of them by the name of its file. */
export interface PeopleViews {
  'people/list': AccountList
  'people/create': AccountCreate
  'people/password': GeneratedPassword
  'people/act': AccountQuestion
}

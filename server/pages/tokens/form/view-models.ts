import type { ExpiryChoice } from '../../shared/format/expiry.js'
import type { FieldError, Page } from '../../shared/view-models.js'

/* The model of the form of a token; `../../shared/view-models.ts` has the conventions. */

export interface DescribedScope {
  readonly name: string
  readonly description: string
}

export interface TokenCreate extends Page {
  /** The values of the fields; after a mistake, as they were typed. */
  readonly values: TokenFormValues
  /** Those that the person holds. */
  readonly scopes: readonly DescribedScope[]
  /** See `expiryChoices`. */
  readonly expiryChoices: readonly ExpiryChoice[]
  /** `10 days`: how long it may go without a use. */
  readonly idle?: string
  readonly errors: readonly FieldError[]
  /** The end of the choice of a date, before its user has chosen one; see `endOfTomorrow`. */
  readonly tomorrow: string
  /** The names of the user's tokens, for the script that says at once when one is taken. */
  readonly taken?: readonly string[]
  readonly templates?: readonly TemplateLink[]
  /** The steps that come after it is created. */
  readonly next?: readonly NextSteps[]
  /** Asks whether a token without permissions is meant. */
  readonly asksAnyway?: boolean
  /** Whose link filled the form in. */
  readonly suggestion?: Suggestion
}

/** A program that there are steps for, if the token has one of these scopes. */
export interface NextSteps {
  readonly title: string
  readonly scopes: readonly string[]
  /** A token without scopes is enough. */
  readonly always?: true
}

/** A link that fills in the form. */
export interface TemplateLink {
  /** For the parameter `template`. */
  readonly id: string
  readonly title: string
  readonly isChosen?: true
}

/** What a link to the form brought, and what of it the form cannot have. */
export interface Suggestion {
  /** The program, as it calls itself. */
  readonly by?: string
  /** The token that this is to be like, in place of a program. */
  readonly twin?: string
  /** Scopes of the site that the person cannot give. */
  readonly missing: readonly string[]
  /** Scopes that the site does not have. */
  readonly unknown: readonly string[]
  /** An end that the form does not offer, as the link has it. */
  readonly expires?: string
}

/** The fields of the form as text, in the form's own names but for case. */
export interface TokenFormValues {
  readonly name: string
  readonly scopes: readonly string[]
  /** A value of an {@link ExpiryChoice}. */
  readonly expires: string
  /** As a `datetime-local` field has it: `2026-12-19T09:41`. */
  readonly expiresAt: string
  /** Minutes that UTC is ahead of the writer's clock, as `Date.getTimezoneOffset` has it. */
  readonly tzOffset: number
  /** Networks and services that it is to be bound to, with spaces between. */
  readonly networks: string
  readonly services: string
}

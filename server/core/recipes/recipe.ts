import type { Scope } from '../token/scope.js'

/** How to use a token in one program, step by step, in the words of `views/words`. */
export interface Recipe {
  /** For the page's anchors, and in the settings. */
  readonly id: string
  /** A program's name, which has no translation; absent: `recipes.title.<id>` of the words. */
  readonly title?: string
  /** A token whose name has one of these in it was probably made for the program. */
  readonly names: readonly string[]
  /** Whether a service can follow it, which has neither a window to type a password in nor a home. */
  readonly forServices?: boolean
  readonly steps: readonly Step[]
}

/** Something to read, something to copy, or the same done on two kinds of system. */
export type Step = Say | Copy | { readonly shells: Readonly<Record<Shell, readonly (Say | Copy)[]>> }

/** A text: a key of the words with its values, or a site's own text, in which code stands between backticks. */
export type Say =
  | { readonly say: string; readonly values?: Readonly<Record<string, string>> }
  | { readonly own: string }

/** `label` says what the Copy button copies: a key below `recipes.label` of the words. */
export interface Copy {
  readonly code: string
  readonly label: Label
}

export const LABELS = ['address', 'cell', 'command', 'lines', 'password', 'program', 'token', 'user'] as const
export type Label = (typeof LABELS)[number]

export const SHELLS = ['unix', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

/** The part of a site that recipes name. Addresses have no slash at the end. */
export interface RecipeSite {
  /** The name in a `.netrc`, and in the dialogs that ask for a password. */
  readonly host: string
  readonly baseUrl: string
  /** Where a token asks what it is. */
  readonly tokenInfo: string
  /** Absent: the site has no TAP service. */
  readonly tap?: Service
  /** Where the data of observing programs are; absent: the site has none. */
  readonly archive?: Service
}

/** A service, and the scope that it asks for; without one it takes every token. */
export interface Service {
  readonly url: string
  readonly scope?: Scope
}

/** The token of a recipe. */
export interface Holder {
  /** The whole token, `gt-….…`, or a word in its place. */
  readonly token: string
  /** Absent: recipes for tokens of all kinds. */
  readonly scopes?: readonly Scope[]
}

/** Something to fetch with a token: a query's rows, a file, or what the token is. */
export interface Example {
  readonly kind: 'rows' | 'file' | 'identity'
  readonly url: string
}

/** A recipe as it is kept: for which sites and tokens it is, and how it is written for one. */
export interface RecipeRule extends Omit<Recipe, 'steps'> {
  /** The service that it is for; absent: every service, with the best example that the token can fetch. */
  readonly service?: 'tap' | 'archive'
  readonly steps: (kitchen: Kitchen) => readonly Step[]
}

/** All that the steps of a recipe are made of. */
export interface Kitchen extends RecipeSite {
  readonly token: string
  readonly example: Example
  /** The TAP service, or the site's address where a recipe does without one. */
  readonly tapUrl: string
  /** The archive, likewise. */
  readonly archiveUrl: string
}

export function copy(label: Label, code: string): Copy {
  return { label, code }
}

/** Makes a step of a text. The name makes the key findable for the test of the words. */
export function text(key: string, values?: Readonly<Record<string, string>>): Say {
  return { say: key, ...(values && { values }) }
}

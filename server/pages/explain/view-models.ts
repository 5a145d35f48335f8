import type { Scope } from '../../core/token/scope.js'
import type { Prose } from '../../words/prose.js'
import type { Page } from '../shared/view-models.js'

/* The model of the page that explains refusals; `../shared/view-models.ts` has the conventions. */

/** The fields of the form as text; all but the first are for administrators. */
export interface ExplainValues {
  readonly url: string
  readonly user: string
  readonly requirement: string
  readonly address: string
  readonly at: string
}

export interface ExplainError {
  readonly field: keyof ExplainValues
  readonly message: string
}

/** A token that was judged. */
export interface ListedJudgement {
  /** Its name, or what it is. */
  readonly what: string
  /** Where its owner manages it. */
  readonly href?: string
  /** Its key, where its owner asks. */
  readonly key?: string
  readonly passes: boolean
  /** A sentence for each rule of the check. */
  readonly steps: readonly { readonly passes: boolean; readonly sentence: Prose }[]
}

/** A location that an address may fall under. */
export interface ListedLocation {
  readonly prefix?: string
  readonly source: 'declared' | 'learned'
  readonly query: string
  readonly needs: readonly Prose[]
  readonly tokens: readonly ListedJudgement[]
  /** The form that creates a token which passes. */
  readonly create?: string
  /** Scopes that no group of the user gives, each with the groups that do. */
  readonly lacking: readonly { readonly scope: Scope; readonly groups: readonly string[] }[]
  /** Why no user token passes. */
  readonly impossible?: Prose
}

export interface Explain extends Page {
  readonly values: ExplainValues
  readonly errors: readonly ExplainError[]
  /** Whether the form has the fields of administrators. */
  readonly administers: boolean
  /** Whose tokens were judged. */
  readonly username: string
  /** Absent: nothing was asked yet. */
  readonly locations?: readonly ListedLocation[]
}

/** Every view of the room by the name of its file. */
export interface ExplainViews {
  'explain/explain': Explain
}

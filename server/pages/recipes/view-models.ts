import type { Shell } from '../../core/recipes/recipe.js'
import type { Prose } from '../../words/prose.js'
import type { Page } from '../shared/view-models.js'

/* The models of recipes; `../shared/view-models.ts` has the conventions. */

/** A recipe in the user's language. */
export interface ShownRecipe {
  /** For the page's anchors. */
  readonly id: string
  readonly title: string
  /** Whether the token was named for it. */
  readonly isMeant?: true
  /** Whether it has steps for more than one kind of system. */
  readonly hasShells: boolean
  readonly steps: readonly ShownStep[]
}

export type ShownStep = ShownLine | { readonly shells: readonly ShownShell[] }

/** Something to read, or something to copy; `label` says to a screen reader what the Copy button copies. */
export type ShownLine = { readonly text: Prose } | { readonly code: string; readonly label: string }

export interface ShownShell {
  readonly shell: Shell
  /** The system, in words. */
  readonly title: string
  readonly lines: readonly ShownLine[]
}

/** The recipes without a token: a word stands in its place. */
export interface HowToUse extends Page {
  readonly recipes: readonly ShownRecipe[]
  /** The word. */
  readonly word: string
  /** The token that they are for, by its name; absent: all that the site has. */
  readonly name?: string
}

/** Every view of recipes by the name of its file. */
export interface RecipeViews {
  'recipes/how-to-use': HowToUse
}

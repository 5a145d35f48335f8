import { type Recipe, type Say, SHELLS, type Step } from '../../core/recipes/recipe.js'
import { recipeNamedIn, recipesFor } from '../../core/recipes/recipes-for.js'
import type { Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'
import type { Prose } from '../../words/prose.js'
import type { Words } from '../../words/words.js'
import { recipeSite } from './site.js'
import type { ShownLine, ShownRecipe, ShownStep } from './view-models.js'

/** Stands in the token's place where no token is shown. */
export const TOKEN_WORD = 'YOUR_TOKEN'

/** A token, or a word in its place, and who holds it. */
export interface Shown {
  readonly token: string
  /** Absent: recipes for tokens of all kinds. */
  readonly scopes?: readonly Scope[]
  /** The recipe that it was named for comes first. */
  readonly name?: string | undefined
  /** Whether a service holds it, which has neither a window to type a password in nor a home. */
  readonly forService?: boolean
}

/** Returns the recipes of a site for a token, in the user's language. */
export function shownRecipes(settings: Settings, words: Words, shown: Shown): readonly ShownRecipe[] {
  const { token, scopes, name = '', forService = false } = shown
  const all = recipesFor(recipeSite(settings), settings.site.recipes, { token, ...(scopes && { scopes }) })
  const recipes = forService ? all.filter((each) => each.forServices) : all
  const meant = recipeNamedIn(recipes, name)
  if (!meant) return recipes.map((each) => shownRecipe(each, words))
  const others = recipes.filter((each) => each !== meant)
  return [{ ...shownRecipe(meant, words), isMeant: true }, ...others.map((each) => shownRecipe(each, words))]
}

/** Writes a recipe in a language. */
export function shownRecipe({ id, title, steps }: Recipe, words: Words): ShownRecipe {
  return {
    id,
    title: title ?? words.text(`recipes.title.${id}`),
    hasShells: steps.some((step) => 'shells' in step),
    steps: steps.map((step) => shownStep(step, words)),
  }
}

function shownStep(step: Step, words: Words): ShownStep {
  if (!('shells' in step)) return line(step, words)
  return {
    shells: SHELLS.map((shell) => ({
      shell,
      title: words.text(`recipes.shell.${shell}`),
      lines: step.shells[shell].map((each) => line(each, words)),
    })),
  }
}

function line(step: Exclude<Step, { readonly shells: unknown }>, words: Words): ShownLine {
  if ('code' in step) return { code: step.code, label: words.text(`recipes.label.${step.label}`) }
  return { text: proseOf(step, words) }
}

function proseOf(step: Say, words: Words): Prose {
  if ('say' in step) return words.prose(step.say, step.values)
  return step.own.split('`').flatMap((part, index) => (index % 2 === 0 ? part : { code: part }))
}

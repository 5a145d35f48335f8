import type { Scope } from '../token/scope.js'
import { copy, type Kitchen, type Recipe, type Step } from './recipe.js'

/** A recipe that a site has written. */
export interface OwnRecipe {
  readonly id: string
  readonly title: string
  /** The scope that a token must have for it; absent: any token. */
  readonly needs?: Scope | undefined
  readonly steps: readonly OwnStep[]
}

export type OwnStep = { readonly text: string } | { readonly code: string }

/** The names that stand in braces for something of the site or of the token. */
export const PLACEHOLDERS = ['token', 'baseUrl', 'tapUrl', 'host'] as const
type Placeholder = (typeof PLACEHOLDERS)[number]

/** `{name}`, and the doubled braces that stand for one. Not `${NAME}`, which is a shell's. */
const BRACES = /\{\{|\}\}|(?<!\$)\{([A-Za-z_]+)\}/g

/** Lists the names in braces. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(BRACES)].flatMap(([, name]) => (name === undefined ? [] : [name]))
}

export function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((each) => each === name)
}

/** Writes a site's recipe for a token. */
export function ownRecipe({ id, title, steps }: OwnRecipe, kitchen: Kitchen): Recipe {
  return { id, title, names: [id], steps: steps.map((each) => filledIn(each, kitchen)) }
}

function filledIn(step: OwnStep, kitchen: Kitchen): Step {
  if ('text' in step) return { own: filled(step.text, kitchen) }
  return copy('lines', filled(step.code, kitchen))
}

function filled(template: string, kitchen: Kitchen): string {
  return template.replace(BRACES, (found, name: string | undefined) => {
    if (name === undefined) return found.charAt(0)
    return isPlaceholder(name) ? kitchen[name] : found
  })
}

import { recipesFor } from '../../../core/recipes/recipes-for.js'
import type { Scope } from '../../../core/token/scope.js'
import type { Settings } from '../../../settings/schema.js'
import type { Words } from '../../../words/words.js'
import { recipeSite } from '../../recipes/site.js'
import type { NextSteps } from './view-models.js'

/** Lists the programs that the page of a new token has steps for, each with the scopes of which one is enough. */
export function nextSteps(settings: Settings, scopes: readonly Scope[], isService: boolean, words: Words): NextSteps[] {
  const site = recipeSite(settings)
  const recipesOf = (held: readonly Scope[]) =>
    recipesFor(site, settings.site.recipes, { token: '', scopes: held }).filter(
      ({ forServices }) => forServices || !isService,
    )
  const withAll = recipesOf(scopes)
  const withNone = new Set(recipesOf([]).map(({ id }) => id))
  const withOne = scopes.map((scope) => ({ scope, ids: new Set(recipesOf([scope]).map(({ id }) => id)) }))
  return withAll.map(({ id, title }) => ({
    title: title ?? words.text(`recipes.title.${id}`),
    scopes: withOne.filter(({ ids }) => ids.has(id)).map(({ scope }) => scope),
    ...(withNone.has(id) && { always: true as const }),
  }))
}

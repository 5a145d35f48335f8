import type { Scope } from '../token/scope.js'
import { fileUrl, mast } from './archive.js'
import { julia, jupyter, r } from './languages.js'
import { aladin, astroquery, pyvo, QUERY, stilts, topcat } from './observatory.js'
import { type OwnRecipe, ownRecipe } from './own.js'
import type { Example, Holder, Kitchen, Recipe, RecipeRule, RecipeSite, Service } from './recipe.js'
import { curl, environment, netrc, wget } from './shell.js'

/** The recipes that come with Postern, in the order in which astronomers ask for them. */
const RULES: readonly RecipeRule[] = [
  ...[topcat, stilts, pyvo, mast, astroquery, curl, netrc, environment],
  ...[jupyter, r, julia, wget, aladin],
]

/** Their names in the settings. */
export const RECIPE_IDS: readonly string[] = RULES.map(({ id }) => id)

/** How a site arranges its recipes. */
export interface Menu {
  /** These come first, in this order. */
  readonly order: readonly string[]
  readonly hide: readonly string[]
  readonly own: readonly OwnRecipe[]
}

/** Returns the recipes that work at a site with a token. */
export function recipesFor(site: RecipeSite, { order, hide, own }: Menu, holder: Holder): readonly Recipe[] {
  const { scopes } = holder
  const kitchen = { ...site, ...urlsOf(site), token: holder.token, example: exampleFor(site, scopes) }
  const recipes = [
    ...RULES.filter((rule) => suits(rule, site, scopes)).map((rule) => written(rule, kitchen)),
    ...own.filter(({ needs }) => has(scopes, needs)).map((each) => ownRecipe(each, kitchen)),
  ]
  // A token without scopes proves who its owner is. All that it can do is one request.
  const offered = scopes?.length === 0 ? recipes.filter(({ id }) => id === curl.id) : recipes
  const place = ({ id }: Recipe) => (order.includes(id) ? order.indexOf(id) : order.length)
  return offered.filter(({ id }) => !hide.includes(id)).sort((a, b) => place(a) - place(b))
}

/** Finds the recipe for which a token was named, such as `topcat-laptop`. */
export function recipeNamedIn(recipes: readonly Recipe[], name: string): Recipe | undefined {
  const lower = name.toLowerCase()
  return recipes.find(({ names }) => names.some((each) => lower.includes(each)))
}

function written({ service: _service, steps, ...rule }: RecipeRule, kitchen: Kitchen): Recipe {
  return { ...rule, steps: steps(kitchen) }
}

function suits({ service }: RecipeRule, site: RecipeSite, scopes: readonly Scope[] | undefined): boolean {
  return service === undefined || admits(site[service], scopes)
}

function admits(service: Service | undefined, scopes: readonly Scope[] | undefined): boolean {
  return service !== undefined && has(scopes, service.scope)
}

function has(scopes: readonly Scope[] | undefined, needed: Scope | undefined): boolean {
  return needed === undefined || scopes === undefined || scopes.includes(needed)
}

/** Returns the best that a token can fetch. A query, because the list of tables is open at most sites. */
function exampleFor({ tap, archive, tokenInfo }: RecipeSite, scopes: readonly Scope[] | undefined): Example {
  if (scopes?.length !== 0) {
    if (tap && admits(tap, scopes)) return { kind: 'rows', url: `${tap.url}/sync?${QUERY_STRING}` }
    if (archive && admits(archive, scopes)) return { kind: 'file', url: fileUrl(archive.url) }
  }
  return { kind: 'identity', url: tokenInfo }
}

const QUERY_STRING = `REQUEST=doQuery&LANG=ADQL&FORMAT=csv&QUERY=${QUERY.replaceAll(' ', '+')}`

function urlsOf({ tap, archive, baseUrl }: RecipeSite): Pick<Kitchen, 'tapUrl' | 'archiveUrl'> {
  return { tapUrl: tap?.url ?? baseUrl, archiveUrl: archive?.url ?? baseUrl }
}

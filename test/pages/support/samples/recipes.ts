import { shownRecipes, TOKEN_WORD } from '../../../../server/pages/recipes/shown.js'
import type { RecipeViews, ShownRecipe } from '../../../../server/pages/recipes/view-models.js'
import { settingsSchema } from '../../../../server/settings/schema.js'
import { ENGLISH } from '../../../../server/words/words.js'
import { layout } from './values.js'

const settings = settingsSchema.parse({
  baseUrl: 'https://data.example.org',
  site: { tapUrl: 'https://data.example.org/tap' },
})

export function recipesWith(token: string): readonly ShownRecipe[] {
  return shownRecipes(settings, ENGLISH, { token, name: 'topcat-laptop' })
}

export const recipeSamples: RecipeViews = {
  'recipes/how-to-use': { layout, word: TOKEN_WORD, name: 'topcat-laptop', recipes: recipesWith(TOKEN_WORD) },
}

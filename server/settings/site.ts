import { z } from 'zod'
import { recipesSchema } from './pages/recipes.js'
import { templatesSchema } from './pages/templates.js'
import { colour, image, link, scope, urlOrFalse } from './values.js'

/** How the site presents itself. */
export const siteSchema = z.strictObject({
  name: z.string().min(1).max(80).default('Science Platform').describe('The name on every page'),
  logoUrl: image.optional().describe('The logo, from this site'),
  accentColor: colour.optional().describe('The colour of links and buttons, such as `#1f5fa8`'),
  helpLinks: z.array(link).default([]).describe('Links at the foot of every page'),
  footerHtml: z.string().optional().describe('HTML at the foot of every page'),
  tapUrl: urlOrFalse
    .optional()
    .describe(
      'The address of the TAP service, for the recipes of tokens; `false` where the site has none; `/tap` below the base URL when not given, where `tapScope` is known',
    ),
  tapScope: scope
    .optional()
    .describe('The scope that the TAP service asks for; `read:tap` when not given, or none where that is not known'),
  recipes: recipesSchema
    .prefault({})
    .describe('How programs use a token, on the page of a new one and at `/auth/help/use`'),
  templates: templatesSchema.describe(
    'Links that fill in the form for a new token; TOPCAT, pyVO, Notebook and Pipeline when not given. A user sees those of which they hold a scope',
  ),
})

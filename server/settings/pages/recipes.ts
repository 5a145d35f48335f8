import { z } from 'zod'
import { isPlaceholder, namesIn, PLACEHOLDERS } from '../../core/recipes/own.js'
import { RECIPE_IDS } from '../../core/recipes/recipes-for.js'
import { scope } from '../values.js'

const NAMES = PLACEHOLDERS.map((each) => `{${each}}`).join(', ')

/** A text with names in braces, each of which must be known. */
const template = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    for (const name of namesIn(text).filter((each) => !isPlaceholder(each))) {
      const message = `{${name}} stands for nothing: write one of ${NAMES}, or {{ and }} for braces`
      context.addIssue({ code: 'custom', message })
    }
  })

const named = (example: string) =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, `must be small letters, digits and dashes, such as ${example}`)
    .meta({ title: 'name', example })

const stepSchema = z
  .strictObject({
    text: template.optional().describe('Something to read; code stands between backticks'),
    code: template.optional().describe('Something to copy'),
  })
  .transform(({ text, code }, context) => {
    if (text !== undefined && code === undefined) return { text }
    if (code !== undefined && text === undefined) return { code }
    context.addIssue({ code: 'custom', message: 'must have either text or code' })
    return z.NEVER
  })

const ownSchema = z.strictObject({
  id: named('butler').describe('The name in `order`, and in the address of the tab'),
  title: z.string().min(1).max(40).describe('The words on the tab'),
  needs: scope.optional().describe('The scope that a token must have for it; for all tokens when not given'),
  steps: z.array(stepSchema).min(1).describe('What to do, in order'),
})

/** Which recipes users see, and in which order. */
export const recipesSchema = z
  .strictObject({
    order: z
      .array(named('topcat'))
      .default([])
      .describe(`Recipes that come first: of ${RECIPE_IDS.join(', ')}, and of \`own\``),
    hide: z.array(named('topcat')).default([]).describe('Recipes that users do not see'),
    own: z
      .array(ownSchema)
      .default([])
      .describe(
        `Recipes of the site, after the others unless \`order\` says otherwise; ${NAMES} stand for the token and the site`,
      ),
  })
  .superRefine(({ order, hide, own }, context) => {
    const ids = own.map((each) => each.id)
    const known = [...RECIPE_IDS, ...ids]
    for (const [name, list] of Object.entries({ order, hide })) {
      for (const [index, each] of list.entries()) {
        if (known.includes(each)) continue
        const message = `there is no recipe ${each}: write one of ${known.join(', ')}`
        context.addIssue({ code: 'custom', path: [name, index], message })
      }
    }
    for (const [index, each] of ids.entries()) {
      if (known.indexOf(each) === RECIPE_IDS.length + index) continue
      const message = `${each} is taken: choose another name`
      context.addIssue({ code: 'custom', path: ['own', index, 'id'], message })
    }
  })

import { z } from 'zod'
import { compileRequirement } from '../../core/access/requirement.js'
import { canParseUrl } from '../../core/can-parse-url.js'
import { prefixesOf } from '../../core/explain/location.js'

/** Stands for the base URL, which the schema does not know: a path is checked below it. */
const PLACEHOLDER = 'https://site.invalid'

const at = z
  .string()
  .refine(isLocation, 'must be a path or an http or https URL without a query, such as /api/tap')
  .meta({ title: 'path or URL', example: '/api/tap' })
  .describe('Where it is: all addresses below this one are checked with the same requirement')

const requires = z
  .string()
  .superRefine((query, context) => {
    const { early, late } = compileRequirement(new URLSearchParams(query))
    for (const { loc, msg } of [...early, ...late])
      context.addIssue({ code: 'custom', message: `${loc.at(-1)}: ${msg}, such as scope=read:tap&service=tap` })
  })
  .meta({ title: 'query string', example: 'scope=read:tap&service=tap' })
  .describe('The query string of its auth URL, as the configuration of the proxy has it')

/** The protected services of the site, by name: so that a user can be told what an address needs before it was ever asked for. */
export const servicesSchema = z
  .record(
    z.string().regex(/^[!-~]{1,128}$/, 'must be the name of a service, such as tap'),
    z.strictObject({ at, requires }),
  )
  .transform((given) => new Map(Object.entries(given)))

function isLocation(text: string): boolean {
  if (text.includes('?') || text.includes('#')) return false
  const url = text.startsWith('/') ? `${PLACEHOLDER}${text}` : text
  return /^https?:\/\//.test(url) && canParseUrl(url) && prefixesOf(url).length > 0
}

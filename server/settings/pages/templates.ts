import { z } from 'zod'
import { lifetimeOrNever, scope } from '../values.js'

const template = z.strictObject({
  title: z.string().min(1).max(40).describe('On its link: the program or the purpose'),
  name: z.string().min(1).max(60).describe('The name that the form proposes'),
  scopes: z.array(scope).describe('The scopes that it chooses, as far as the user holds them'),
  expires: lifetimeOrNever.optional().describe('The expiry that it chooses, where the form offers it'),
})

export type TokenTemplate = z.output<typeof template>

/** Ready-made fillings of the form for a new token. */
export const templatesSchema = z.array(template).max(12).optional()

const DEFAULT = z.array(template).parse([
  { title: 'TOPCAT', name: 'topcat', scopes: ['read:tap'], expires: '90d' },
  { title: 'pyVO', name: 'pyvo', scopes: ['read:image', 'read:tap'], expires: '90d' },
  { title: 'Notebook', name: 'notebook', scopes: ['read:image', 'read:tap', 'write:files'], expires: '30d' },
  { title: 'Pipeline', name: 'pipeline', scopes: ['read:image', 'read:tap'], expires: '90d' },
])

/** Returns the site's templates, or those that suit most science platforms. */
export function templatesOf({ templates = DEFAULT }: { templates?: readonly TokenTemplate[] | undefined }) {
  return templates
}

import { ADMIN_TOKEN } from '../core/scope.js'
import { csrfToken } from '../login/csrf.js'
import type { Context } from '../stores/context.js'
import type { Frame } from './models.js'
import type { Person } from './person.js'

/** What surrounds a page: the site, and who is looking at it. */
export function frameOf(context: Context, person?: Person): Frame {
  const { site } = context.settings
  return {
    site: {
      name: site.name,
      helpLinks: site.helpLinks.map(({ text, href }) => ({ text, href: href.href })),
      ...(site.logoUrl && { logoUrl: site.logoUrl }),
      ...(site.footerHtml && { footerHtml: site.footerHtml }),
    },
    now: context.clock(),
    csrf: person ? csrfToken(context.keys, person.session.key) : '',
    ...(person && {
      user: {
        username: person.session.username,
        ...(person.session.ownerName && { name: person.session.ownerName }),
        ...(person.session.scopes.includes(ADMIN_TOKEN) && { admin: true }),
        ...(person.investigator && { investigator: true }),
      },
    }),
  }
}

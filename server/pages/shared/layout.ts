import { isAdministrator, isClientAdministrator, isProgramAdministrator } from '../../core/token/scope.js'
import { csrfToken } from '../../login/browser/csrf.js'
import type { Context } from '../../storage/context.js'
import type { SignedInUser } from '../account/signed-in-user.js'
import type { Administers, PageLayout } from './view-models.js'

function administers({ settings }: Context, { session: { scopes } }: SignedInUser): Administers | undefined {
  if (isAdministrator(scopes)) return 'everything'
  const places = [
    ...(isProgramAdministrator(scopes) ? ['programs' as const] : []),
    ...(settings.oidcServer.enabled && isClientAdministrator(scopes) ? ['oidc-clients' as const] : []),
  ]
  return places.length > 0 ? places : undefined
}

/** Builds the layout of a page from the site and the signed-in user. */
export function layoutOf(context: Context, user?: SignedInUser): PageLayout {
  const { site } = context.settings
  return {
    site: {
      name: site.name,
      helpLinks: site.helpLinks.map(({ text, href }) => ({ text, href: href.href })),
      ...(site.logoUrl && { logoUrl: site.logoUrl }),
      ...(site.footerHtml && { footerHtml: site.footerHtml }),
    },
    now: context.clock(),
    ...(context.settings.oidcServer.enabled && { hasClients: true }),
    csrf: user ? csrfToken(context.keys, user.session.key) : '',
    ...(user && {
      user: {
        username: user.session.username,
        ...(user.session.ownerName && { name: user.session.ownerName }),
        administers: administers(context, user),
        ...(user.investigator && { investigator: true }),
      },
    }),
  }
}

import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { GithubProvider } from './github/provider.js'
import { OidcProvider } from './oidc/provider.js'
import type { Provider } from './provider.js'

/** The identity providers of the site, in the order in which the sign-in page offers them. None of them is asked anything yet. */
export function openProviders(context: Context): readonly Provider[] {
  const { settings, log } = context
  const { oidcProviders, github } = settings
  return [
    ...oidcProviders.map((each) => new OidcProvider(each, context)),
    ...(github ? [new GithubProvider(github, settings, log)] : []),
  ]
}

/**
 * Where a provider sends people back to. The only one of a site has Gafaelfawr's address, so that its registration there
 * carries over. Each of several has one of its own: at a shared one, a provider that has gone bad could have us bring it the
 * code that another gave (mix-up, RFC 9700, section 4.4).
 */
export function redirectUriOf({ baseUrl }: Settings, providers: readonly Provider[], { id }: Provider): URL {
  return new URL(providers.length === 1 ? '/login' : `/login/${id}/callback`, baseUrl)
}

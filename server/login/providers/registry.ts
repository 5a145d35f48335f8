import { ownUrl } from '../../core/site/base-path.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { GithubProvider } from './github/provider.js'
import { OidcProvider } from './oidc/provider.js'
import type { Provider } from './provider.js'
import { SamlProvider } from './saml/provider.js'

/** Creates the identity providers of the site, in the order of the sign-in page. None is contacted yet. */
export function openProviders(context: Context): readonly Provider[] {
  const { settings, log } = context
  const { oidcProviders, samlProviders, github } = settings
  return [
    ...oidcProviders.map((each) => new OidcProvider(each, context)),
    ...samlProviders.map((each) => new SamlProvider(each, context)),
    ...(github ? [new GithubProvider(github, settings, log)] : []),
  ]
}

/**
 * Returns the redirect URI of a provider. The only one of a site has Gafaelfawr's, so that its registration carries over. Each
 * of several has its own.
 *
 * Attack: with a shared one, a malicious provider could make us send it the code that another issued (mix-up, RFC 9700 §4.4).
 */
export function redirectUriOf({ baseUrl }: Settings, providers: readonly Provider[], provider: Provider): URL {
  const { id, callback } = provider
  if (callback) return new URL(callback)
  return ownUrl(baseUrl, providers.length === 1 ? '/login' : `/login/${id}/callback`)
}

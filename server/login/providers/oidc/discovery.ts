import type { JWTVerifyGetKey } from 'jose'
import * as openid from 'openid-client'
import { fetchMetadata, insecure, remoteKeys, TIMEOUT, TOLERANCE } from '../../../authn/issuers/metadata.js'
import { safeFetch } from '../../../authn/issuers/safe-fetch.js'
import type { OidcSettings } from '../../../settings/providers.js'

/** A provider's metadata, and the client and keys made from it. */
export interface DiscoveredProvider {
  /** When it was requested, in seconds since 1970. */
  readonly at: number
  readonly configuration: openid.Configuration
  readonly metadata: openid.ServerMetadata
  readonly keys: JWTVerifyGetKey
}

/**
 * Fetches a provider's metadata, and applies the site's overrides.
 *
 * The keys have no cooldown, so that they can be rotated at any time: ID tokens come from the provider itself, so no client can
 * cause the requests.
 */
export async function discover(settings: OidcSettings, at: number): Promise<DiscoveredProvider> {
  const { issuer, clientId, clientSecret, loginUrl, tokenUrl } = settings
  const metadata: openid.ServerMetadata = {
    ...(await fetchMetadata(issuer, clientId)),
    ...(loginUrl && { authorization_endpoint: loginUrl.href }),
    ...(tokenUrl && { token_endpoint: tokenUrl.href }),
  }
  const authentication = clientAuthentication(metadata, clientSecret.reveal())
  const tolerance = { [openid.clockTolerance]: TOLERANCE }
  const configuration = new openid.Configuration(metadata, clientId, tolerance, authentication)
  configuration.timeout = TIMEOUT
  configuration[openid.customFetch] = safeFetch as openid.CustomFetch
  for (const allow of insecure(issuer)) allow(configuration)
  return { at, configuration, metadata, keys: remoteKeys(metadata, { cooldownDuration: 0 }) }
}

/** Sends the secret in the body if the provider supports it, as Gafaelfawr does; else in a header, which all must support. */
function clientAuthentication(metadata: openid.ServerMetadata, secret: string): openid.ClientAuth {
  const inBody = metadata.token_endpoint_auth_methods_supported?.includes('client_secret_post')
  return inBody ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret)
}

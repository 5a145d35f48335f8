import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as jwksFetch } from 'jose'
import * as openid from 'openid-client'
import type { OidcSettings } from '../../../settings/providers.js'
import { safeFetch } from '../safe-fetch.js'

/** Seconds that a provider has for each answer. A person waits for it. */
const TIMEOUT = 10
/** Seconds by which two clocks that are looked after may differ. */
export const TOLERANCE = 30

/** What a provider's metadata leads to. */
export interface DiscoveredProvider {
  /** When it was asked for, in seconds since 1970. */
  readonly at: number
  readonly configuration: openid.Configuration
  readonly metadata: openid.ServerMetadata
  readonly keys: JWTVerifyGetKey
}

/**
 * Asks a provider for its metadata (OpenID Connect Discovery 1.0), and puts over it what the site says instead. An answer
 * that names another issuer is refused: it would have us believe another's tokens.
 */
export async function discover(settings: OidcSettings, at: number): Promise<DiscoveredProvider> {
  const { issuer, clientId, clientSecret, loginUrl, tokenUrl } = settings
  const execute = issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : []
  const options = { timeout: TIMEOUT, [openid.customFetch]: safeFetch as openid.CustomFetch, execute }
  const discovered = await openid.discovery(issuer, clientId, undefined, openid.None(), options)
  const metadata: openid.ServerMetadata = {
    ...(discovered.serverMetadata() as openid.ServerMetadata),
    ...(loginUrl && { authorization_endpoint: loginUrl.href }),
    ...(tokenUrl && { token_endpoint: tokenUrl.href }),
  }
  const authentication = clientAuthentication(metadata, clientSecret.reveal())
  const tolerance = { [openid.clockTolerance]: TOLERANCE }
  const configuration = new openid.Configuration(metadata, clientId, tolerance, authentication)
  configuration.timeout = TIMEOUT
  configuration[openid.customFetch] = safeFetch as openid.CustomFetch
  for (const allow of execute) allow(configuration)
  return { at, configuration, metadata, keys: keysAt(metadata) }
}

/** In the body where the provider takes it so, as Gafaelfawr sends it; else in a header, which every provider must take. */
function clientAuthentication(metadata: openid.ServerMetadata, secret: string): openid.ClientAuth {
  const inBody = metadata.token_endpoint_auth_methods_supported?.includes('client_secret_post')
  return inBody ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret)
}

/**
 * The provider's keys, kept for a while, and fetched again for one that is not among them: so keys may be changed at any
 * time. Without a pause between: ID tokens come from the provider itself, and nobody else can make us ask.
 */
function keysAt({ jwks_uri: address }: openid.ServerMetadata): JWTVerifyGetKey {
  if (address === undefined || !URL.canParse(address)) throw new openid.ClientError('the metadata has no jwks_uri')
  return createRemoteJWKSet(new URL(address), {
    cooldownDuration: 0,
    timeoutDuration: TIMEOUT * 1000,
    [jwksFetch]: safeFetch,
  })
}

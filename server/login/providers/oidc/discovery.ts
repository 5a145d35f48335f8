import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as jwksFetch } from 'jose'
import * as openid from 'openid-client'
import { canParseUrl } from '../../../core/can-parse-url.js'
import type { OidcSettings } from '../../../settings/providers.js'
import { safeFetch } from '../safe-fetch.js'

/** Seconds for each response of a provider, for which a user waits. */
const TIMEOUT = 10
/** Seconds by which two synchronised clocks may differ. */
export const TOLERANCE = 30

/**
 * The accepted signature algorithms: not `none`, and none with a shared secret.
 *
 * Attack: with HS256, an attacker signs with the provider's public key as the secret (RFC 8725 §2.1).
 */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** A provider's metadata, and the client and keys made from it. */
export interface DiscoveredProvider {
  /** When it was requested, in seconds since 1970. */
  readonly at: number
  readonly configuration: openid.Configuration
  readonly metadata: openid.ServerMetadata
  readonly keys: JWTVerifyGetKey
}

/**
 * Fetches a provider's metadata (OpenID Connect Discovery 1.0), and applies the site's overrides.
 *
 * Attack: metadata that name another issuer would make us accept that issuer's tokens. The library refuses them.
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

/** Sends the secret in the body if the provider supports it, as Gafaelfawr does; else in a header, which all must support. */
function clientAuthentication(metadata: openid.ServerMetadata, secret: string): openid.ClientAuth {
  const inBody = metadata.token_endpoint_auth_methods_supported?.includes('client_secret_post')
  return inBody ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret)
}

/**
 * Caches the provider's keys, and fetches them again for an unknown key id, so that keys can be rotated at any time. There is no
 * cooldown: ID tokens come from the provider itself, so no client can cause the requests.
 */
function keysAt({ jwks_uri: address }: openid.ServerMetadata): JWTVerifyGetKey {
  if (address === undefined || !canParseUrl(address)) throw new openid.ClientError('the metadata has no jwks_uri')
  return createRemoteJWKSet(new URL(address), {
    cooldownDuration: 0,
    timeoutDuration: TIMEOUT * 1000,
    [jwksFetch]: safeFetch,
  })
}

import { createRemoteJWKSet, customFetch as jwksFetch } from 'jose'
import * as openid from 'openid-client'
import { canParseUrl } from '../../core/can-parse-url.js'
import { safeFetch } from './safe-fetch.js'

/** Seconds for each response of an issuer, for which a caller waits. */
export const TIMEOUT = 10
/** Seconds by which two synchronised clocks may differ. */
export const TOLERANCE = 30

/**
 * The accepted signature algorithms: not `none`, and none with a shared secret.
 *
 * Attack: with HS256, an attacker signs with the issuer's public key as the secret (RFC 8725 §2.1).
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

/** The keys of an issuer. */
export type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/** How the keys are cached, in milliseconds; jose's own times when not given. */
interface KeyCache {
  /** For how long they are not fetched again for an unknown key id. */
  readonly cooldownDuration?: number
  readonly cacheMaxAge?: number
}

/**
 * Fetches the metadata of an issuer (OpenID Connect Discovery 1.0).
 *
 * Attack: metadata that name another issuer would make us accept that issuer's tokens. The library refuses them.
 */
export async function fetchMetadata(issuer: URL, clientId: string): Promise<openid.ServerMetadata> {
  const options = { timeout: TIMEOUT, [openid.customFetch]: safeFetch as openid.CustomFetch, execute: insecure(issuer) }
  const discovered = await openid.discovery(issuer, clientId, undefined, openid.None(), options)
  return discovered.serverMetadata()
}

/** What lets the library ask an issuer on this machine without TLS; `safeFetch` refuses any other. */
export function insecure({ protocol }: URL) {
  return protocol === 'http:' ? [openid.allowInsecureRequests] : []
}

/** Caches the keys at the address that metadata name, and fetches them again for an unknown key id. */
export function remoteKeys({ jwks_uri: address }: openid.ServerMetadata, cache: KeyCache): RemoteKeys {
  if (address === undefined || !canParseUrl(address)) throw new openid.ClientError('the metadata has no jwks_uri')
  return createRemoteJWKSet(new URL(address), { ...cache, timeoutDuration: TIMEOUT * 1000, [jwksFetch]: safeFetch })
}

import { jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { HOUR } from '../../../core/time.js'
import type { OidcSettings } from '../../../settings/providers.js'
import type { Context } from '../../../storage/context.js'
import { SignInFailure } from '../../failure.js'
import type { AuthorizationRedirect, Identity, Provider } from '../provider.js'
import { type Claims, claimsWanted, identityFromClaims } from './claims.js'
import { type DiscoveredProvider, discover, TOLERANCE } from './discovery.js'
import { explainOidc } from './failure.js'

/** How long a provider's metadata is believed, in seconds. */
const METADATA_AGE = HOUR

/**
 * No `none`, and nothing with a shared secret: a key that everybody can read, taken for a secret, would let everybody sign
 * (RFC 8725, section 2.1).
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Signing in with OpenID Connect: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0; RFC 9700).
 * The provider is asked for its metadata when somebody first wants to sign in and not before: Postern starts without it.
 */
export class OidcProvider implements Provider {
  readonly id: string
  readonly title: string
  readonly #settings: OidcSettings
  readonly #context: Context
  #found: Promise<DiscoveredProvider> | undefined

  constructor(settings: OidcSettings, context: Context) {
    this.id = settings.id
    this.title = settings.title
    this.#settings = settings
    this.#context = context
  }

  async begin(state: string, redirectUri: URL): Promise<AuthorizationRedirect | SignInFailure> {
    const verifier = openid.randomPKCECodeVerifier()
    const nonce = openid.randomNonce()
    try {
      const { configuration } = await this.#find()
      const to = openid.buildAuthorizationUrl(configuration, {
        ...this.#settings.loginParams,
        scope: [...new Set(['openid', ...this.#settings.scopes])].join(' '),
        redirect_uri: redirectUri.href,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return { url: to, state: { verifier, nonce } }
    } catch (error) {
      return explainOidc(error)
    }
  }

  async finish(
    callback: URL,
    state: string,
    { verifier = '', nonce = '' }: Readonly<Record<string, string>>,
  ): Promise<Identity | SignInFailure> {
    try {
      const found = await this.#find()
      const answer = await openid.authorizationCodeGrant(found.configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const { id_token: idToken = '', access_token: accessToken } = answer
      const claims = await this.#verify(found, idToken)
      if (claims instanceof SignInFailure) return claims
      const identity = identityFromClaims(await this.#complete(found, claims, accessToken), this.#settings)
      return identity instanceof SignInFailure ? identity : { ...identity, logoutToken: idToken }
    } catch (error) {
      return explainOidc(error)
    }
  }

  /** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), where the provider has it. */
  async endSession(kept: string, afterwards: URL): Promise<URL | undefined> {
    try {
      const { configuration, metadata } = await this.#find()
      if (metadata.end_session_endpoint === undefined) return undefined
      return openid.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: afterwards.href,
        ...(kept !== '' && { id_token_hint: kept }),
      })
    } catch (error) {
      // Signed out here all the same: a provider that is down must not keep anybody signed in.
      explainOidc(error)
      return undefined
    }
  }

  /** The metadata, asked for once and again when it is old; what failed is not kept. */
  async #find(): Promise<DiscoveredProvider> {
    const now = this.#context.clock()
    const known = await this.#found
    if (known && now - known.at < METADATA_AGE) return known
    const asked = discover(this.#settings, now)
    this.#found = asked
    asked.catch(() => {
      if (this.#found === asked) this.#found = undefined
    })
    return asked
  }

  /** The signature, which the library leaves to TLS; and two claims that it passes over. */
  async #verify({ keys }: DiscoveredProvider, idToken: string): Promise<Claims | SignInFailure> {
    const now = this.#context.clock()
    const { clientId } = this.#settings
    const { payload } = await jwtVerify(idToken, keys, {
      algorithms: ALGORITHMS,
      audience: clientId,
      clockTolerance: TOLERANCE,
      currentDate: new Date(now * 1000),
    })
    if (payload.azp !== undefined && payload.azp !== clientId)
      return new SignInFailure('provider_mistrusted', 'the ID token was issued to another client (azp)')
    if (payload.iat !== undefined && payload.iat > now + TOLERANCE)
      return new SignInFailure('provider_clock', `the ID token is from ${payload.iat - now} seconds ahead (iat)`)
    return payload
  }

  /** Some providers put little into the ID token, and the rest behind UserInfo; what is signed wins. */
  async #complete(
    { configuration, metadata }: DiscoveredProvider,
    claims: Claims,
    accessToken: string,
  ): Promise<Claims> {
    const missing = claimsWanted(this.#settings).some((name) => claims[name] === undefined)
    if (!missing || metadata.userinfo_endpoint === undefined) return claims
    return { ...(await openid.fetchUserInfo(configuration, accessToken, String(claims.sub))), ...claims }
  }
}

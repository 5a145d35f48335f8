import { jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { mergeClaims } from '../../../core/people/email-mark.js'
import { HOUR } from '../../../core/time.js'
import type { OidcSettings } from '../../../settings/providers.js'
import type { Context } from '../../../storage/context.js'
import { SignInFailure } from '../../failure.js'
import type { AuthorizationRedirect, BeginOptions, Identity, Provider } from '../provider.js'
import { authenticationEvent, authenticationParameters } from './authentication-event.js'
import { type Claims, claimsWanted, identityFromClaims } from './claims.js'
import { type DiscoveredProvider, discover, TOLERANCE } from './discovery.js'
import { explainOidc } from './failure.js'

/** Seconds for which a provider's metadata is cached. */
const METADATA_AGE = HOUR

/**
 * The accepted signature algorithms: not `none`, and none with a shared secret.
 *
 * Attack: with HS256, an attacker signs with the provider's public key as the secret (RFC 8725 §2.1).
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Signs users in with OpenID Connect: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0; RFC
 * 9700). The metadata is fetched at the first sign-in: Postern starts without the provider.
 */
export class OidcProvider implements Provider {
  readonly id: string
  readonly title: string
  readonly #settings: OidcSettings
  readonly #context: Context
  #discovered: Promise<DiscoveredProvider> | undefined

  constructor(settings: OidcSettings, context: Context) {
    this.id = settings.id
    this.title = settings.title
    this.#settings = settings
    this.#context = context
  }

  async begin(state: string, redirectUri: URL, { anew }: BeginOptions): Promise<AuthorizationRedirect | SignInFailure> {
    const verifier = openid.randomPKCECodeVerifier()
    const nonce = openid.randomNonce()
    try {
      const { configuration } = await this.#discover()
      const to = openid.buildAuthorizationUrl(configuration, {
        ...this.#settings.loginParams,
        ...authenticationParameters(this.#settings, anew),
        scope: [...new Set(['openid', ...this.#settings.scopes])].join(' '),
        redirect_uri: redirectUri.href,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return { url: to, state: { verifier, nonce, ...(anew && { asked: String(this.#context.clock()) }) } }
    } catch (error) {
      return explainOidc(error)
    }
  }

  async finish(
    callback: URL,
    state: string,
    { verifier = '', nonce = '', asked }: Readonly<Record<string, string>>,
  ): Promise<Identity | SignInFailure> {
    try {
      const discovered = await this.#discover()
      const tokens = await openid.authorizationCodeGrant(discovered.configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const { id_token: idToken = '', access_token: accessToken } = tokens
      const claims = await this.#verify(discovered, idToken)
      if (claims instanceof SignInFailure) return claims
      const since = asked === undefined ? undefined : Number(asked)
      const event = authenticationEvent(claims, this.#settings, this.#context.clock(), since)
      if (event instanceof SignInFailure) return event
      const identity = identityFromClaims(await this.#complete(discovered, claims, accessToken), this.#settings)
      return identity instanceof SignInFailure ? identity : { ...identity, ...event, logoutToken: idToken }
    } catch (error) {
      return explainOidc(error)
    }
  }

  /** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), where the provider has it. */
  async endSession(logoutToken: string, returnTo: URL): Promise<URL | undefined> {
    try {
      const { configuration, metadata } = await this.#discover()
      if (metadata.end_session_endpoint === undefined) return undefined
      return openid.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: returnTo.href,
        ...(logoutToken !== '' && { id_token_hint: logoutToken }),
      })
    } catch (error) {
      // The user is signed out here all the same, even if the provider is down.
      explainOidc(error)
      return undefined
    }
  }

  /** Returns the cached metadata, or fetches it. Concurrent callers share one fetch; a failure is not cached. */
  async #discover(): Promise<DiscoveredProvider> {
    const now = this.#context.clock()
    const cached = await this.#discovered
    if (cached && now - cached.at < METADATA_AGE) return cached
    const discovered = discover(this.#settings, now)
    this.#discovered = discovered
    discovered.catch(() => {
      if (this.#discovered === discovered) this.#discovered = undefined
    })
    return discovered
  }

  /** Verifies the signature, which the library leaves to TLS, and two claims that it does not check. */
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

  /**
   * Adds claims from UserInfo if the ID token lacks some; the signed claims take precedence. A provider that has no UserInfo for
   * us still signs users in who lack nothing but the mark of their address.
   */
  async #complete(
    { configuration, metadata }: DiscoveredProvider,
    claims: Claims,
    accessToken: string,
  ): Promise<Claims> {
    const { emailClaim } = this.#settings
    const isComplete = claimsWanted(this.#settings).every((name) => claims[name] !== undefined)
    const isMarked = claims.email_verified !== undefined
    if ((isComplete && isMarked) || metadata.userinfo_endpoint === undefined) return claims
    try {
      const userInfo = await openid.fetchUserInfo(configuration, accessToken, String(claims.sub))
      return mergeClaims(claims, userInfo, emailClaim)
    } catch (error) {
      if (!isComplete) throw error
      const { cause } = explainOidc(error)
      this.#context.log.warn({ provider: this.id, cause }, 'UserInfo not available')
      return claims
    }
  }
}

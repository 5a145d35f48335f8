import { jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { ALGORITHMS, TOLERANCE } from '../../../authn/issuers/metadata.js'
import { mergeClaims } from '../../../core/people/email-mark.js'
import { areGroupsWithheld } from '../../../core/people/provider-groups.js'
import type { ProviderMark } from '../../../core/people/provider-mark.js'
import { HOUR } from '../../../core/time.js'
import type { OidcSettings } from '../../../settings/providers.js'
import type { Context } from '../../../storage/context.js'
import { SignInFailure } from '../../failure.js'
import type { AuthorizationRedirect, BeginOptions, Identity, Provider } from '../provider.js'
import { fetchClaims } from './answer.js'
import { authenticationEvent, authenticationParameters } from './authentication-event.js'
import { fetchFromSource } from './claim-source.js'
import { type Claims, claimsWanted, identityFromClaims } from './claims.js'
import { type DiscoveredProvider, discover } from './discovery.js'
import { explainOidc } from './failure.js'

/** Seconds for which a provider's metadata is cached. */
const METADATA_AGE = HOUR

/**
 * Signs users in with OpenID Connect: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0; RFC
 * 9700). The metadata is fetched at the first sign-in: Postern starts without the provider.
 */
export class OidcProvider implements Provider {
  readonly id: string
  readonly title: string
  readonly icon: ProviderMark
  readonly #settings: OidcSettings
  readonly #context: Context
  #discovered: Promise<DiscoveredProvider> | undefined

  constructor(settings: OidcSettings, context: Context) {
    this.id = settings.id
    this.title = settings.title
    this.icon = settings.icon
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
      const all = await this.#addGroups(discovered, await this.#complete(discovered, claims, accessToken), accessToken)
      const identity = identityFromClaims(all.claims, this.#settings)
      if (identity instanceof SignInFailure) return identity
      const { groupsWithheld } = all
      return { ...identity, ...event, ...(groupsWithheld && { groupsWithheld }), logoutToken: idToken }
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
  async #complete(discovered: DiscoveredProvider, claims: Claims, accessToken: string): Promise<Claims> {
    const { userinfo_endpoint: userInfo } = discovered.metadata
    const { emailClaim } = this.#settings
    const isComplete = claimsWanted(this.#settings).every((name) => claims[name] !== undefined)
    const isMarked = claims.email_verified !== undefined
    if ((isComplete && isMarked) || userInfo === undefined) return claims
    try {
      const asked = { url: new URL(userInfo), accessToken, subject: String(claims.sub), now: this.#context.clock() }
      return mergeClaims(claims, await fetchClaims(discovered, asked), emailClaim)
    } catch (error) {
      if (!isComplete) throw error
      const { cause } = explainOidc(error)
      this.#context.log.warn({ provider: this.id, cause }, 'UserInfo not available')
      return claims
    }
  }

  /** Adds the groups that the provider left out of its answer, or says why they are not there. */
  async #addGroups(
    discovered: DiscoveredProvider,
    claims: Claims,
    accessToken: string,
  ): Promise<{ readonly claims: Claims; readonly groupsWithheld?: string }> {
    const { groupsClaim } = this.#settings
    if (groupsClaim === undefined || !areGroupsWithheld(claims, groupsClaim)) return { claims }
    try {
      const now = this.#context.clock()
      const groups = await fetchFromSource(discovered, claims, groupsClaim, { accessToken, now })
      return { claims: { ...claims, [groupsClaim]: groups } }
    } catch (error) {
      return { claims, groupsWithheld: explainOidc(error).cause }
    }
  }
}

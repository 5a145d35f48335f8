import { isRefusalCode } from '../../../core/access/refusal.js'
import type { ProviderMark } from '../../../core/people/provider-mark.js'
import { AssertionFault, judgeAssertion, type NameId } from '../../../core/people/saml/assertion.js'
import { MINUTE } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import type { Context } from '../../../storage/context.js'
import { seal, unseal } from '../../browser/sealed-cookie.js'
import { SignInFailure } from '../../failure.js'
import { authenticationEvent } from '../oidc/authentication-event.js'
import type { AuthorizationRedirect, BeginOptions, Identity, Provider } from '../provider.js'
import { consumeAssertion, keepAnswer, type PendingAnswer, takeAnswer } from './answers.js'
import { explainFault, explainSaml } from './failure.js'
import { identityFromAssertion } from './identity.js'
import { openLibrary, siteMetadata } from './library.js'
import { type LogoutRequest, verifyLogoutRequest } from './logout-request.js'
import type { IdpDescription } from './metadata/idp-metadata.js'
import { MetadataSource } from './metadata/metadata-source.js'
import { verifyResponse } from './response.js'
import { indexSession, type ProviderSession, sessionsFrom } from './sessions.js'
import { verifySoapLogout, writeSoapAnswer } from './soap.js'

/** A form that a provider's page has the browser send. */
export interface PostedResponse {
  readonly response: string
  readonly relayState: string
}

/** A request to sign out, and the sessions that it ends. */
export interface RequestedLogout {
  readonly request: LogoutRequest
  readonly keys: readonly TokenKey[]
}

/** For the redirect that answers a form. */
const FAILURE_LIFETIME = 2 * MINUTE
/** What {@link SamlProvider.begin} got: 32 random bytes in base64url. */
const STATE = /^[\w-]{43}$/

/**
 * Signs users in with SAML 2.0: the Web Browser SSO Profile, with a signed request in a redirect, or in a form where the provider
 * takes no redirect, and the response in a form that another site sends. Such a form comes without our cookies, which are `SameSite=Lax`. So it is verified and kept, and the browser
 * is redirected to the page that finishes every sign-in, with its cookies: nothing is done before they are there.
 */
export class SamlProvider implements Provider {
  readonly id: string
  readonly title: string
  readonly icon: ProviderMark
  readonly callback: URL
  readonly #settings: SamlSettings
  readonly #context: Context
  readonly #metadata: MetadataSource

  constructor(settings: SamlSettings, context: Context) {
    this.id = settings.id
    this.title = settings.title
    this.icon = settings.icon
    this.callback = settings.consumerUrl
    this.#settings = settings
    this.#context = context
    this.#metadata = new MetadataSource(settings, context)
  }

  async begin(
    state: string,
    _redirectUri: URL,
    { anew }: BeginOptions,
  ): Promise<AuthorizationRedirect | SignInFailure> {
    const request = `_${this.#context.random(20).toString('hex')}`
    try {
      const idp = await this.#metadata.current()
      const options = {
        generateUniqueId: () => request,
        forceAuthn: anew,
        skipRequestCompression: idp.takesForms ?? false,
      }
      const library = await openLibrary(this.#settings, idp, options)
      const saved = { request, ...(anew && { asked: String(this.#context.clock()) }) }
      if (!idp.takesForms) {
        return { url: new URL(await library.getAuthorizeUrlAsync(state, undefined, {})), state: saved }
      }
      const message = await library.getAuthorizeMessageAsync(state)
      const form = { SAMLRequest: String(message.SAMLRequest), RelayState: state }
      return { url: idp.signOnUrl, form, state: saved }
    } catch (error) {
      return explainSaml(error)
    }
  }

  /**
   * Takes the form of a response. It is read without cookies, and nothing is done with it but kept.
   *
   * @returns where the browser goes on to; a failure is shown there, too
   */
  async receive({ response, relayState }: PostedResponse): Promise<URL> {
    const onward = new URL(this.callback)
    onward.searchParams.set('state', STATE.test(relayState) ? relayState : '')
    const answer = await this.#judge(response)
    if (!(answer instanceof SignInFailure)) {
      onward.searchParams.set('answer', await keepAnswer(this.#context, answer))
      return onward
    }
    const { refusal, cause } = answer
    this.#context.log.warn({ code: refusal.code, cause, provider: this.id }, 'SAML response refused')
    const content = { failure: [refusal.code, cause] }
    onward.searchParams.set('failure', await seal(this.#context, 'saml', content, FAILURE_LIFETIME))
    return onward
  }

  /** Finishes a sign-in in the browser that began it, and with the answer to its own request. */
  async finish(
    { searchParams }: URL,
    _state: string,
    { request, asked }: Readonly<Record<string, string>>,
  ): Promise<Identity | SignInFailure> {
    const failed = await this.#failureOf(searchParams.get('failure'))
    if (failed) return failed
    const answer = await takeAnswer(this.#context, searchParams.get('answer') ?? '')
    if (!answer || answer.provider !== this.id || answer.inResponseTo !== request)
      return new SignInFailure('sign_in_lost', 'the answer is not to the request of this browser (InResponseTo)')
    const { nameId, issuer, sessionIndex } = answer
    const claims = { auth_time: answer.authenticated, acr: answer.contextClass }
    const since = asked === undefined ? undefined : Number(asked)
    const event = authenticationEvent(claims, this.#settings, this.#context.clock(), since)
    if (event instanceof SignInFailure) return event
    const identity = identityFromAssertion(answer, this.#settings)
    if (identity instanceof SignInFailure) return identity
    if (!(await consumeAssertion(this.#context, answer)))
      return new SignInFailure('provider_mistrusted', 'the assertion was used before')
    const logout = nameId && { issuer, nameId, ...(sessionIndex !== undefined && { sessionIndex }) }
    return { ...identity, ...event, ...(logout && { logoutToken: JSON.stringify(logout) }) }
  }

  async sessionOpened(logoutToken: string, key: TokenKey): Promise<void> {
    await indexSession(this.#context, JSON.parse(logoutToken), key)
  }

  /** Single logout, begun here (SAML Profiles §4.4), where the provider has it. */
  async endSession(logoutToken: string): Promise<URL | undefined> {
    if (logoutToken === '') return undefined
    const { issuer, nameId, sessionIndex }: ProviderSession & { nameId: NameId } = JSON.parse(logoutToken)
    try {
      const idp = await this.#metadata.current()
      if (!idp.logoutUrl) return undefined
      const library = await openLibrary(this.#settings, idp, { logoutUrl: idp.logoutUrl.href })
      const { value, format, nameQualifier, spNameQualifier } = nameId
      const user = {
        ...{ issuer, nameID: value, nameIDFormat: format ?? UNSPECIFIED },
        ...(nameQualifier !== undefined && { nameQualifier }),
        ...(spNameQualifier !== undefined && { spNameQualifier }),
        ...(sessionIndex !== undefined && { sessionIndex }),
      }
      return new URL(await library.getLogoutUrlAsync(user, '', {}))
    } catch (error) {
      // The user is signed out here all the same, even if the provider is down.
      explainSaml(error)
      return undefined
    }
  }

  /** Verifies the provider's request to sign a user out, which a browser brings; returns it with the sessions to end. */
  verifyLogout(query: string): Promise<RequestedLogout | SignInFailure> {
    const now = this.#context.clock()
    return this.#verify((idp) => verifyLogoutRequest(query, this.#settings, idp, now))
  }

  /** Verifies the same, which the provider itself sends by SOAP. */
  verifySoapLogout(envelope: string): Promise<RequestedLogout | SignInFailure> {
    return this.#verify((idp) => verifySoapLogout(envelope, this.#settings, idp, this.#context))
  }

  /** Returns the answer to a request by SOAP. */
  answerSoapLogout(request: LogoutRequest): Promise<string> {
    return writeSoapAnswer(request, this.#settings, this.#context)
  }

  async #verify(read: (idp: IdpDescription) => Promise<LogoutRequest>): Promise<RequestedLogout | SignInFailure> {
    try {
      const idp = await this.#metadata.current()
      const request = await read(idp)
      const { nameId, sessionIndexes } = request
      const named = sessionIndexes.length === 0 ? [{}] : sessionIndexes.map((sessionIndex) => ({ sessionIndex }))
      const found = named.map((each) => sessionsFrom(this.#context, { issuer: idp.entityId, nameId, ...each }))
      return { request, keys: [...new Set((await Promise.all(found)).flat())] }
    } catch (error) {
      return explainSaml(error)
    }
  }

  /** Returns where the browser goes with the answer to a request to sign out; undefined where the provider takes none. */
  async answerLogout({ id, nameId, relayState }: LogoutRequest): Promise<URL | undefined> {
    const idp = await this.#metadata.current()
    if (!idp.logoutResponseUrl) return undefined
    const library = await openLibrary(this.#settings, idp, { logoutUrl: idp.logoutResponseUrl.href })
    const request = { ID: id, issuer: idp.entityId, nameID: nameId.value, nameIDFormat: nameId.format ?? UNSPECIFIED }
    return new URL(await library.getLogoutResponseUrlAsync(request, relayState, {}, true))
  }

  /** The metadata of this site, for the provider. */
  describe(): Promise<string> {
    return siteMetadata(this.#settings)
  }

  async #judge(response: string): Promise<PendingAnswer | SignInFailure> {
    try {
      const idp = await this.#metadata.current()
      const assertion = await verifyResponse(response, this.#settings, idp)
      const { spEntityId, consumerUrl } = this.#settings
      const parties = { provider: idp.entityId, site: spEntityId, recipient: consumerUrl.href }
      const accepted = judgeAssertion(assertion, parties, this.#context.clock())
      if (accepted instanceof AssertionFault) return explainFault(accepted)
      const { id, issuer, nameId, attributes, authentication } = assertion
      const { contextClass, sessionIndex } = authentication ?? {}
      return {
        ...{ ...accepted, id, issuer, attributes, provider: this.id },
        ...(nameId && { nameId }),
        ...(contextClass !== undefined && { contextClass }),
        ...(sessionIndex !== undefined && { sessionIndex }),
      }
    } catch (error) {
      return explainSaml(error)
    }
  }

  async #failureOf(sealed: string | null): Promise<SignInFailure | undefined> {
    const { failure } = (await unseal(this.#context, 'saml', sealed ?? undefined)) ?? {}
    const [code, cause]: unknown[] = Array.isArray(failure) ? failure : []
    return isRefusalCode(code) ? new SignInFailure(code, String(cause)) : undefined
  }
}

const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'

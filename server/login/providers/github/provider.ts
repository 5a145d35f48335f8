import * as openid from 'openid-client'
import type { Logger } from 'pino'
import { githubGroups } from '../../../core/people/github-groups.js'
import type { ProviderMark } from '../../../core/people/provider-mark.js'
import type { GithubSettings } from '../../../settings/github.js'
import { privilegedGroups } from '../../../settings/privileged-groups.js'
import type { Settings } from '../../../settings/schema.js'
import type { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'
import type { AuthorizationRedirect, BeginOptions, Identity, Provider } from '../provider.js'
import { answered, below, fail, GithubApi, GithubError } from './api.js'

/** Grants reading the organizations' teams, the user's name and e-mail addresses (Gafaelfawr's scopes). */
const SCOPES = 'read:org read:user user:email'
/** For all calls of one sign-in together, for which a user waits. */
const TIMEOUT_MS = 20_000

/**
 * Signs users in with GitHub, which is OAuth 2.0 without OpenID: the authorization code flow with PKCE, then API calls for the
 * token's owner. Teams are groups. The access token is kept for signing out alone.
 */
export class GithubProvider implements Provider {
  readonly id = 'github'
  readonly title: string
  readonly icon: ProviderMark
  readonly #settings: GithubSettings
  readonly #privileged: ReadonlySet<string>
  readonly #log: Logger
  readonly #timeoutMs: number

  constructor(settings: GithubSettings, site: Settings, log: Logger, timeoutMs = TIMEOUT_MS) {
    this.title = settings.title
    this.icon = settings.icon
    this.#settings = settings
    this.#privileged = privilegedGroups(site)
    this.#log = log
    this.#timeoutMs = timeoutMs
  }

  /** GitHub can be told to show whom it signs in, and to wait for a click. It cannot be told to ask for a password. */
  async begin(state: string, redirectUri: URL, { anew }: BeginOptions): Promise<AuthorizationRedirect> {
    const verifier = openid.randomPKCECodeVerifier()
    const to = below(this.#settings.url, 'login/oauth/authorize')
    const parameters = {
      client_id: this.#settings.clientId,
      redirect_uri: redirectUri.href,
      scope: SCOPES,
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(anew && { prompt: 'select_account' }),
    }
    to.search = new URLSearchParams(parameters).toString()
    return { url: to, state: { verifier } }
  }

  async finish(
    callback: URL,
    _state: string,
    { verifier = '' }: Readonly<Record<string, string>>,
  ): Promise<Identity | SignInFailure> {
    try {
      const { searchParams } = callback
      const error = searchParams.get('error')
      if (error !== null) answered(error)
      const code = searchParams.get('code') ?? fail('provider_failed', 'there is no code')
      const api = this.#api()
      const token = await api.exchange(code, new URL(callback.pathname, callback), verifier)
      return { ...(await this.#describe(api, token)), logoutToken: token }
    } catch (error) {
      return explain(error)
    }
  }

  /** Revokes the grant. The user is signed out even if GitHub is unavailable; GitHub has no page to redirect to. */
  async endSession(logoutToken: string): Promise<undefined> {
    if (logoutToken === '') return
    try {
      await this.#api().revokeGrant(logoutToken)
    } catch (error) {
      this.#log.warn({ cause: explain(error).cause }, 'GitHub grant not revoked')
    }
  }

  async #describe(api: GithubApi, token: string): Promise<Identity> {
    const [user, email, teams] = await Promise.all([api.user(token), api.primaryEmail(token), api.teams(token)])
    const username = user.login.toLowerCase()
    const { organizations } = this.#settings
    const counted = teams.filter(({ organization }) => organizations?.has(organization.toLowerCase()) ?? true)
    const { groups, dropped } = githubGroups({ username, id: user.id }, counted, this.#privileged)
    if (dropped.length > 0) this.#log.warn({ user: username, groups: dropped }, 'GitHub groups dropped')
    return {
      // A login is free for another user as soon as its owner renames the account; the number never is.
      subject: { issuer: this.#settings.url.href, subject: String(user.id) },
      username,
      ...(user.name && { name: user.name }),
      ...(email && { email: email.email, ...(email.verified && { emailVerified: true as const }) }),
      uid: user.id,
      gid: user.id,
      groups,
    }
  }

  #api(): GithubApi {
    return new GithubApi(this.#settings, AbortSignal.timeout(this.#timeoutMs))
  }
}

/** @throws an error that is not GitHub's, but a defect of ours */
function explain(error: unknown): SignInFailure {
  if (error instanceof GithubError) return error.failure
  const failure = networkFailure(error)
  if (failure) return failure
  throw error
}

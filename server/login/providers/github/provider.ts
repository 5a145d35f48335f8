import * as openid from 'openid-client'
import type { Logger } from 'pino'
import { githubGroups } from '../../../core/people/github-groups.js'
import type { GithubSettings } from '../../../settings/github.js'
import type { Settings } from '../../../settings/schema.js'
import type { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'
import type { AuthorizationRedirect, Identity, Provider } from '../provider.js'
import { answered, below, fail, GithubApi, GithubError } from './api.js'

/** To see organizations' teams, the person's name, and their addresses (Gafaelfawr's). */
const SCOPES = 'read:org read:user user:email'
/** For all the questions of one sign-in together. A person waits for it. */
const TIMEOUT_MS = 20_000

/**
 * Signing in with GitHub, which is OAuth 2.0 without OpenID: the authorization code flow with PKCE, and then GitHub is asked
 * whose token came of it. Its teams are groups. Its access token is kept for signing out alone.
 */
export class GithubProvider implements Provider {
  readonly id = 'github'
  readonly title: string
  readonly #settings: GithubSettings
  readonly #privileged: ReadonlySet<string>
  readonly #log: Logger
  readonly #timeoutMs: number

  constructor(settings: GithubSettings, site: Settings, log: Logger, timeoutMs = TIMEOUT_MS) {
    this.title = settings.title
    this.#settings = settings
    this.#privileged = privilegedGroups(site)
    this.#log = log
    this.#timeoutMs = timeoutMs
  }

  async begin(state: string, redirectUri: URL): Promise<AuthorizationRedirect> {
    const verifier = openid.randomPKCECodeVerifier()
    const to = below(this.#settings.url, 'login/oauth/authorize')
    const asked = {
      client_id: this.#settings.clientId,
      redirect_uri: redirectUri.href,
      scope: SCOPES,
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }
    to.search = new URLSearchParams(asked).toString()
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

  /** Takes back the grant. Nobody is kept signed in because GitHub does not answer, and there is nowhere to go on to. */
  async endSession(kept: string): Promise<undefined> {
    if (kept === '') return
    try {
      await this.#api().revokeGrant(kept)
    } catch (error) {
      this.#log.warn({ cause: explain(error).cause }, 'The grant at GitHub was not taken back')
    }
  }

  async #describe(api: GithubApi, token: string): Promise<Identity> {
    const [user, email, teams] = await Promise.all([api.user(token), api.primaryEmail(token), api.teams(token)])
    const username = user.login.toLowerCase()
    const { organizations } = this.#settings
    const counted = teams.filter(({ organization }) => organizations?.has(organization.toLowerCase()) ?? true)
    const { groups, dropped } = githubGroups({ username, id: user.id }, counted, this.#privileged)
    if (dropped.length > 0) this.#log.warn({ user: username, groups: dropped }, 'Groups of GitHub were left out')
    return {
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

/** @throws what is no failure of GitHub's but a mistake of ours */
function explain(error: unknown): SignInFailure {
  if (error instanceof GithubError) return error.failure
  const failure = networkFailure(error)
  if (failure) return failure
  throw error
}

/** Every group name to which the site gives something. */
function privilegedGroups({ groupMapping, quota }: Settings): ReadonlySet<string> {
  const mapped = [...groupMapping.values()].flatMap((groups) => [...groups])
  return new Set([...mapped, ...Object.keys(quota?.groups ?? {}), ...(quota?.bypass ?? [])])
}

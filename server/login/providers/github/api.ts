import { z } from 'zod'
import { safeFetch } from '../../../authn/issuers/safe-fetch.js'
import type { RefusalCode } from '../../../core/access/refusal.js'
import { canParseUrl } from '../../../core/can-parse-url.js'
import type { Team } from '../../../core/people/github-groups.js'
import { MAX_POSIX_ID } from '../../../core/people/identifiers.js'
import type { GithubSettings } from '../../../settings/github.js'
import { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'

/*
 * GitHub's REST API, version 2022-11-28, and its web application flow: https://docs.github.com/en/rest and
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */

/** Limited to our tables' columns; GitHub's ids are far below. */
const id = z.int().min(1).max(MAX_POSIX_ID)
const granted = z.object({ access_token: z.string().min(1) })
const refused = z.object({ error: z.string() })
const user = z.object({ login: z.string(), id, name: z.string().nullish() })
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))
const teams = z.array(z.object({ id, slug: z.string(), organization: z.object({ login: z.string() }) }))

/** GitHub's maximum. */
const PAGE_SIZE = 100
/** More teams than a user has in good faith; the user waits for them. */
const MAX_PAGES = 50

/** Error codes of the token endpoint, without those of our own configuration. */
const ANSWERS: Readonly<Record<string, RefusalCode>> = {
  // The code was used already, or has expired.
  bad_verification_code: 'sign_in_lost',
  access_denied: 'provider_denied',
}

/** Carries a sign-in failure out of nested calls. */
export class GithubError extends Error {
  constructor(readonly failure: SignInFailure) {
    super(failure.cause)
  }
}

export function fail(code: RefusalCode, cause: string): never {
  throw new GithubError(new SignInFailure(code, cause))
}

/** Fails with GitHub's error code. A client can forge it in the callback URL, so it is quoted only in the form of a code. */
export function answered(word: string): never {
  fail(ANSWERS[word] ?? 'provider_failed', `GitHub answers "${/^[a-z_]{1,40}$/.test(word) ? word : 'something else'}"`)
}

/** The calls of one sign-in or sign-out; `signal` aborts them all. */
export class GithubApi {
  readonly #settings: GithubSettings
  readonly #signal: AbortSignal

  constructor(settings: GithubSettings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
  }

  /** Exchanges a code for an access token. GitHub answers an error with status 200, where others use 400. */
  async exchange(code: string, redirectUri: URL, verifier: string): Promise<string> {
    const { url, clientId, clientSecret } = this.#settings
    const form = {
      client_id: clientId,
      client_secret: clientSecret.reveal(),
      code,
      redirect_uri: redirectUri.href,
      code_verifier: verifier,
    }
    const answer = await this.#ask(below(url, 'login/oauth/access_token'), {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(form),
    })
    const body = await jsonOf(answer)
    const error = refused.safeParse(body)
    if (error.success) answered(error.data.error)
    if (!answer.ok) complain(answer)
    return read(granted, body, 'the access token').access_token
  }

  async user(token: string) {
    return read(user, await this.#get(token, 'user'), 'the user')
  }

  async primaryEmail(token: string) {
    const all = read(emails, await this.#get(token, 'user/emails'), 'the e-mail addresses')
    return all.find(({ primary }) => primary)
  }

  /** Lists the teams, from all pages. */
  async teams(token: string): Promise<Team[]> {
    const first = below(this.#settings.apiUrl, 'user/teams')
    const found: Team[] = []
    let next: URL | undefined = new URL(`?per_page=${PAGE_SIZE}`, first)
    for (let page = 0; next; page++) {
      if (page === MAX_PAGES) fail('provider_failed', `there are more than ${MAX_PAGES} pages of teams`)
      const answer = await this.#ask(next, withToken(token))
      if (!answer.ok) complain(answer)
      const listed = read(teams, await jsonOf(answer), 'the teams')
      found.push(...listed.map(({ organization, ...rest }) => ({ ...rest, organization: organization.login })))
      next = nextOf(answer, first)
    }
    return found
  }

  /** Revokes the user's grant, so that the next sign-in asks again and reads their current organizations. */
  async revokeGrant(token: string): Promise<void> {
    const { apiUrl, clientId, clientSecret } = this.#settings
    const basic = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')
    const answer = await this.#ask(below(apiUrl, `applications/${encodeURIComponent(clientId)}/grant`), {
      method: 'DELETE',
      headers: { ...API, Authorization: `Basic ${basic}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ access_token: token }),
    })
    // The user may have revoked it at GitHub already.
    if (!answer.ok && answer.status !== 404) complain(answer)
  }

  async #get(token: string, path: string): Promise<unknown> {
    const answer = await this.#ask(below(this.#settings.apiUrl, path), withToken(token))
    if (!answer.ok) complain(answer)
    return jsonOf(answer)
  }

  #ask(address: URL, options: RequestInit): Promise<Response> {
    return safeFetch(address, { ...options, signal: this.#signal })
  }
}

/** GitHub rejects requests without a User-Agent. */
const API = {
  Accept: 'application/vnd.github+json',
  'User-Agent': 'Postern',
  'X-GitHub-Api-Version': '2022-11-28',
} as const

const withToken = (token: string): RequestInit => ({ headers: { ...API, Authorization: `Bearer ${token}` } })

/** Builds a URL below another, with or without a slash at its end. */
export function below(base: URL, path: string): URL {
  return new URL(path, base.href.replace(/\/*$/, '/'))
}

/**
 * Returns the URL of the next page (RFC 8288).
 *
 * Attack: the request carries the user's access token, which a link to another host would leak. So it must be the same path.
 */
function nextOf(answer: Response, first: URL): URL | undefined {
  const [, link] = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/.exec(answer.headers.get('link') ?? '') ?? []
  if (link === undefined) return undefined
  const next = canParseUrl(link, first.href) ? new URL(link, first) : undefined
  if (next?.origin === first.origin && next.pathname === first.pathname && next.username === '') return next
  return fail('provider_mistrusted', 'the next page of teams is at another address')
}

async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text().catch((error: unknown) => {
    if (networkFailure(error)) throw error
    return fail('provider_unreachable', 'the answer broke off')
  })
  try {
    return JSON.parse(text)
  } catch {
    return answer.ok ? fail('provider_failed', 'the answer is not JSON') : undefined
  }
}

/** Fails with the status alone: GitHub's messages may quote personal data. */
function complain(answer: Response): never {
  const { status, headers } = answer
  const limited = status === 429 || (status === 403 && headers.get('x-ratelimit-remaining') === '0')
  if (limited || headers.has('retry-after')) fail('provider_unreachable', `GitHub’s rate limit is used up (${status})`)
  if (status >= 500) fail('provider_unreachable', `GitHub answers ${status}`)
  fail('provider_failed', `GitHub answers ${status}`)
}

function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const places = result.error.issues.map(({ path }) => path.join('.')).slice(0, 3)
  return fail('provider_failed', `${what} cannot be read (${places.join(', ')})`)
}

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A stand-in for GitHub, which cannot run here: its web application flow with PKCE, and what its REST API of version
 * 2022-11-28 documents of users, e-mail addresses, teams and grants; with the answers and headers that its documentation shows. It is
 * a GitHub Enterprise Server, whose API is at `/api/v3`. Whoever comes to sign in is {@link GithubStandIn.visitor}.
 */
export interface GithubStandIn {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who is signed in there; nobody declines, or is asked again. */
  visitor: GithubUser
  /** The person says no. */
  declines: boolean
  /** What it answers instead, by the path of a request. */
  readonly instead: Map<string, (response: ServerResponse, request: IncomingMessage) => unknown>
  /** The access tokens that are good. */
  readonly grants: ReadonlySet<string>
  /** Every request, with what would give the client or the person away. */
  readonly asked: readonly { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  stop(): Promise<void>
}

export interface GithubUser {
  readonly login: string
  readonly id: number
  readonly name?: string | null
  readonly emails: readonly { readonly email: string; readonly primary: boolean; readonly verified: boolean }[]
  readonly teams: readonly {
    readonly id: number
    readonly slug: string
    readonly organization: { readonly login: string }
  }[]
}

interface Waiting {
  readonly challenge: string
  readonly redirectUri: string
}

const PAGE = 30
const LARGEST_PAGE = 100
const SCOPES = 'read:org,read:user,user:email'

export async function startGithubStandIn(redirectUri: string): Promise<GithubStandIn> {
  const codes = new Map<string, Waiting>()
  const grants = new Set<string>()
  const asked: { path: string; headers: IncomingMessage['headers'] }[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', standIn.url)
    asked.push({ path: url.pathname, headers: request.headers })
    const instead = standIn.instead.get(url.pathname)
    if (instead) return instead(response, request)
    if (url.pathname === '/login/oauth/authorize') return authorize(url, response)
    const body = await bodyOf(request)
    if (url.pathname === '/login/oauth/access_token') return exchange(request, new URLSearchParams(body), response)
    if (url.pathname === `/api/v3/applications/${standIn.clientId}/grant`) return revoke(request, body, response)
    return answer(request, url, response)
  })

  function authorize({ searchParams }: URL, response: ServerResponse): ServerResponse {
    const wanted = (name: string) => searchParams.get(name) ?? ''
    const to = new URL(wanted('redirect_uri') || redirectUri)
    to.searchParams.set('state', wanted('state'))
    const error = wanted('redirect_uri').startsWith(redirectUri) ? undefined : 'redirect_uri_mismatch'
    if (error !== undefined || standIn.declines) {
      to.searchParams.set('error', error ?? 'access_denied')
      to.searchParams.set('error_description', 'The user has denied your application access.')
    } else {
      const code = randomBytes(10).toString('hex')
      codes.set(code, { challenge: wanted('code_challenge'), redirectUri: wanted('redirect_uri') })
      to.searchParams.set('code', code)
    }
    return response.writeHead(302, { Location: to.href }).end()
  }

  function exchange(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): ServerResponse {
    const refuse = (error: string, error_description: string) =>
      send(response, 200, { error, error_description, error_uri: 'https://docs.github.com/apps/oauth' })
    // Without this header its answer is a form.
    if (!request.headers.accept?.includes('json')) return response.end('error=not_json')
    const [id, secret] = [form.get('client_id'), form.get('client_secret')]
    if (id !== standIn.clientId || secret !== standIn.clientSecret)
      return refuse('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.')
    const waiting = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const made = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!waiting || waiting.challenge !== made)
      return refuse('bad_verification_code', 'The code passed is incorrect or expired.')
    if (waiting.redirectUri !== form.get('redirect_uri'))
      return refuse('redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL.')
    const token = `gho_${randomBytes(18).toString('hex')}`
    grants.add(token)
    return send(response, 200, { access_token: token, scope: SCOPES, token_type: 'bearer' })
  }

  function revoke(request: IncomingMessage, body: string, response: ServerResponse): ServerResponse {
    const basic = `Basic ${Buffer.from(`${standIn.clientId}:${standIn.clientSecret}`).toString('base64')}`
    if (request.method !== 'DELETE' || request.headers.authorization !== basic)
      return complain(response, 404, 'Not Found')
    const { access_token: token } = JSON.parse(body) as { access_token: string }
    if (!grants.delete(token)) return complain(response, 422, 'Validation Failed')
    return response.writeHead(204).end()
  }

  function answer(request: IncomingMessage, url: URL, response: ServerResponse): ServerResponse {
    const { authorization = '', 'user-agent': program } = request.headers
    if (program === undefined) return complain(response, 403, 'Request forbidden by administrative rules.')
    if (!grants.has(authorization.replace(/^(?:Bearer|token) /, ''))) return complain(response, 401, 'Bad credentials')
    const { emails, teams, ...user } = standIn.visitor
    if (url.pathname === '/api/v3/user') return send(response, 200, { name: null, type: 'User', ...user })
    if (url.pathname === '/api/v3/user/emails') return send(response, 200, emails)
    if (url.pathname !== '/api/v3/user/teams') return complain(response, 404, 'Not Found')
    const size = Math.min(Number(url.searchParams.get('per_page') ?? PAGE), LARGEST_PAGE)
    const page = Number(url.searchParams.get('page') ?? 1)
    const last = Math.max(1, Math.ceil(teams.length / size))
    const at = (number: number, rel: string) =>
      `<${url.origin}${url.pathname}?per_page=${size}&page=${number}>; rel="${rel}"`
    const links = [
      ...(page > 1 ? [at(page - 1, 'prev')] : []),
      ...(page < last ? [at(page + 1, 'next'), at(last, 'last')] : []),
    ]
    if (links.length > 0) response.setHeader('Link', links.join(', '))
    return send(response, 200, teams.slice((page - 1) * size, page * size))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: GithubStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'Iv1.postern',
    clientSecret: randomBytes(20).toString('hex'),
    visitor: { login: 'octocat', id: 583231, emails: [], teams: [] },
    declines: false,
    instead: new Map(),
    grants,
    asked,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return standIn
}

export function send(response: ServerResponse, status: number, body: unknown): ServerResponse {
  return response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

export function complain(response: ServerResponse, status: number, message: string): ServerResponse {
  return send(response, status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'

/** A real OpenID provider (`oidc-provider`, which is certified) on loopback, whose people need no password. */
export interface IdentityProvider {
  readonly issuer: string
  /** Whom it knows, with what it says of them; `acr` is how they prove who they are. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>
  /** What it says of people at `/claims`, the source of claims that it left out, to whoever has their access token. */
  readonly sourced: Map<string, Readonly<Record<string, unknown>>>
  /** Signs with another key from now on; the old one is gone. */
  rotateKeys(): Promise<void>
  stop(): Promise<void>
}

export const CLIENT = { clientId: 'postern', clientSecret: 'a secret between the two of them' } as const

interface Options {
  /** Where it listens, and what it calls itself, when a relay is before it; a free port when not given. */
  readonly at?: { readonly port: number; readonly issuer: string }
  /** Where it may send people back to. */
  readonly redirectUris: readonly string[]
  readonly afterLogout?: readonly string[]
  readonly authentication?: 'client_secret_post' | 'client_secret_basic'
  /** Whether it puts what it says into the ID token, as it does when this is not given, or behind UserInfo. */
  readonly inIdToken?: boolean
  /** Claims that are never in the ID token. */
  readonly onlyAtUserInfo?: readonly string[]
  /** What UserInfo is instead of JSON; encrypted with a key of the client's secret. */
  readonly userInfo?: 'signed' | 'encrypted'
}

export async function startIdentityProvider(options: Options): Promise<IdentityProvider> {
  const people: IdentityProvider['people'] = new Map()
  const sourced: IdentityProvider['sourced'] = new Map()
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(options.at?.port ?? 0, '127.0.0.1', resolve))
  const issuer = options.at?.issuer ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  async function rotateKeys(): Promise<void> {
    const provider = new Provider(issuer, configurationOf(options, people, await newKey()))
    const callback = provider.callback()
    handle = (request, response) => {
      if (request.url === '/claims') return sendClaims(provider, sourced, request, response)
      if (request.url?.startsWith('/interaction/')) return interact(provider, people, request, response)
      return callback(request, response)
    }
  }
  await rotateKeys()
  return {
    issuer,
    people,
    sourced,
    rotateKeys,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' }
}

function configurationOf(
  {
    redirectUris,
    afterLogout = [],
    authentication = 'client_secret_post',
    inIdToken = true,
    onlyAtUserInfo = [],
    userInfo,
  }: Options,
  people: IdentityProvider['people'],
  key: JWK,
): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [...redirectUris],
        post_logout_redirect_uris: [...afterLogout],
        token_endpoint_auth_method: authentication,
        ...(userInfo && { userinfo_signed_response_alg: 'RS256' as const }),
        ...(userInfo === 'encrypted' && { userinfo_encrypted_response_alg: 'dir' as const }),
      },
    ],
    jwks: { keys: [key as never] },
    clientAuthMethods: [authentication],
    cookies: { keys: ['only for tests'] },
    claims: {
      openid: ['sub', 'preferred_username', 'name', 'groups'],
      email: ['email', 'email_verified'],
      profile: [],
    },
    acrValues: ['password', 'second-factor'],
    conformIdTokenClaims: !inIdToken,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true },
      jwtUserinfo: { enabled: userInfo !== undefined },
      encryption: { enabled: userInfo === 'encrypted' },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) =>
      people.has(id)
        ? {
            accountId: id,
            claims: (use) => {
              const isLeftOut = (name: string) => use === 'id_token' && onlyAtUserInfo.includes(name)
              const said = Object.entries(people.get(id) ?? {}).filter(([name]) => !isLeftOut(name))
              return { sub: id, ...Object.fromEntries(said) }
            },
          }
        : undefined,
    // Nobody is asked what they want to tell.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        accountId: oidc.session?.accountId ?? '',
        clientId: oidc.client?.clientId ?? '',
      })
      grant.addOIDCScope([...(oidc.requestParamScopes ?? [])].join(' '))
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  }
}

async function sendClaims(
  provider: Provider,
  sourced: IdentityProvider['sourced'],
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = await provider.AccessToken.find(headers.authorization?.replace(/^Bearer /, '') ?? '')
  if (!token) return void response.writeHead(401).end()
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(sourced.get(token.accountId) ?? {}))
}

/** A page that asks who one is, and believes it. */
async function interact(
  provider: Provider,
  people: IdentityProvider['people'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(`<!doctype html>
      <html lang="en"><title>Institute</title><h1>Institute</h1>
      <form method="post"><label>Who are you? <input name="who"></label>
      <button>Go on</button> <button name="deny" value="yes">Cancel</button></form></html>`)
    return
  }
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const fields = new URLSearchParams(body)
  const accountId = fields.get('who') ?? ''
  const acr = String(people.get(accountId)?.acr ?? 'password')
  const result = fields.has('deny')
    ? { error: 'access_denied', error_description: 'They would rather not' }
    : { login: { accountId, acr } }
  await provider.interactionFinished(request, response, result)
}

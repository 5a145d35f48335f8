import * as oidc from 'openid-client'
import type { Response } from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { siteAddress } from '../../../server/core/site/base-path.js'
import { type ClientWish, createClient } from '../../../server/openid/clients.js'
import type { Visitor } from '../../support/clients/visitor.js'
import { type PosternOptions, type RunningPostern, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'

export const CALLBACK = 'https://grafana.example.org/login/generic_oauth'

/**
 * Postern as OpenID Connect provider, at the address by which it calls itself.
 *
 * @param path of the base URL
 */
export async function startProvider({ settings, ...options }: PosternOptions = {}, path = ''): Promise<RunningPostern> {
  const port = await freePort()
  const oidcServer = { enabled: true, dataRightsMapping: { g_users: ['dp1', 'dp0.2'], users: ['dp0.1'] } }
  const baseUrl = `http://127.0.0.1:${port}${path}`
  return startPostern({ ...options, port, baseUrl, settings: { oidcServer, ...settings } })
}

/** A client of Postern's: `openid-client`, which is certified, with what Postern knows of it. */
export interface RelyingParty {
  readonly id: string
  readonly secret: string
  readonly config: oidc.Configuration
  /** An authorization request with PKCE, state and nonce, and what the client keeps of it. */
  begin(parameters?: Readonly<Record<string, string>>): Promise<Begun>
  /** Takes the code out of where the browser was sent, and gets tokens for it. */
  finish(sent: string, begun: Begun): Promise<oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers>
}

interface Begun {
  readonly path: string
  readonly checks: { readonly pkceCodeVerifier: string; readonly expectedState: string; readonly expectedNonce: string }
}

const WISH: ClientWish = {
  description: 'Grafana',
  redirectUris: [CALLBACK],
  postLogoutUris: [],
  isPublic: false,
  isOwnSite: true,
  requiredGroups: [],
}

/** Registers a client on its users' machines. Returns its identifier. */
export async function publicClient(postern: RunningPostern): Promise<string> {
  const wish = { ...WISH, isPublic: true, redirectUris: ['http://127.0.0.1/callback'] }
  const made = await createClient(postern.context, wish, { username: 'root' })
  if (made instanceof Refusal) throw new Error(made.message)
  return made.client.id
}

export async function register(postern: RunningPostern, wish: Partial<ClientWish> = {}): Promise<RelyingParty> {
  const made = await createClient(postern.context, { ...WISH, ...wish }, { username: 'root' })
  if (made instanceof Refusal) throw new Error(made.message)
  const secret = made.secret?.reveal() ?? ''
  const { id, redirectUris } = made.client
  const [redirect_uri = CALLBACK] = redirectUris
  const authentication = secret === '' ? oidc.None() : oidc.ClientSecretBasic(secret)
  const { baseUrl } = postern.context.settings
  const options = { execute: [oidc.allowInsecureRequests] }
  const config = await oidc.discovery(new URL(siteAddress(baseUrl)), id, undefined, authentication, options)
  return {
    id,
    secret,
    config,
    async begin(parameters = {}) {
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
      const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri,
        scope: 'openid profile email groups rubin',
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        ...parameters,
      })
      return { path: `${url.pathname}${url.search}`, checks }
    },
    finish: (sent, { checks }) => oidc.authorizationCodeGrant(config, new URL(sent), checks),
  }
}

/** Signs a user in to a client: the browser has a session already. */
export async function signInTo(party: RelyingParty, visitor: Visitor, parameters?: Readonly<Record<string, string>>) {
  const begun = await party.begin(parameters)
  return party.finish(sentTo(await visitor.get(begun.path)), begun)
}

/** Where an answer sends the browser. */
export function sentTo({ status, headers, text }: Response): string {
  if (status !== 303) throw new Error(`${status}: ${text}`)
  return String(headers.location)
}

/** Has a user agree on the page that asks, and gets the tokens of that sign-in. */
export async function agreeTo(party: RelyingParty, visitor: Visitor, parameters?: Readonly<Record<string, string>>) {
  const begun = await party.begin(parameters)
  const step = sentTo(await visitor.get(begun.path))
  await visitor.get(step)
  const { pathname, search } = new URL(sentTo(await visitor.post(step, { answer: 'allow' })), 'http://postern')
  return party.finish(sentTo(await visitor.get(`${pathname}${search}`)), begun)
}

import type { AdapterPayload, Provider } from 'oidc-provider'
import { isRedirectAllowed } from '../core/openid/redirect.js'
import { formatToken, mintToken } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { validSecrets } from '../storage/postgres/openid/clients.js'
import { sessionOfRequest } from './account.js'
import { SessionAdapter } from './adapters.js'
import { clientSecretMatches } from './imported/client-secret.js'
import type { Library } from './library.js'
import { sessionId } from './session.js'

/*
 * Where `oidc-provider` has no setting. `generateTokenId`, `Session.get` and `sidFor` are its own affair: its version is pinned
 * exactly, and a test fails when one of them is called no more. The fourth is `OIDCContext.body`: `exchange/without-client.ts`.
 */

/** Puts Postern's rules in place of the provider's. */
export function override(context: Context, library: Library, provider: Provider): void {
  originFromBaseUrl(context, provider)
  clientRules(context, provider)
  ownTokens(context, provider)
  ownSessions(context, library, provider)
}

/**
 * Makes all addresses begin with the base URL.
 *
 * Attack: a request with `Host: evil.example`, `X-Forwarded-Host`, or a whole address in its first line would get a discovery
 * document that names the attacker's token endpoint, and a cache may keep it.
 */
function originFromBaseUrl({ settings: { baseUrl } }: Context, provider: Provider): void {
  const { host, hostname, origin, protocol } = baseUrl
  Object.defineProperties(provider.request, {
    host: { value: host },
    hostname: { value: hostname },
    origin: { value: origin },
    protocol: { value: protocol.slice(0, -1) },
    href: {
      get(this: { readonly path: string; readonly search: string }) {
        return new URL(`${this.path}${this.search}`, origin).href
      },
    },
  })
}

function clientRules({ postgres, clock }: Context, provider: Provider): void {
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed(this: { redirectUris: readonly string[]; clientAuthMethod: string }, asked: string): boolean {
      return isRedirectAllowed({ redirectUris: this.redirectUris, isPublic: this.clientAuthMethod === 'none' }, asked)
    },
    /** A secret that was rotated is valid beside the new one until its end. */
    async compareClientSecret(this: { clientId: string }, presented: string): Promise<boolean> {
      const secrets = await validSecrets(postgres, this.clientId, clock())
      const matches = await Promise.all(secrets.map(({ digest }) => clientSecretMatches(presented, digest)))
      return matches.includes(true)
    },
  })
}

/** Access tokens have the form of all tokens here; the provider sets their format where it makes their text. */
function ownTokens({ random, keys }: Context, provider: Provider): void {
  Object.assign(provider.AccessToken.prototype, {
    generateTokenId(this: { format?: string }): string {
      this.format = 'opaque'
      return formatToken(mintToken('redis', random, keys.tokenKeys[0]))
    },
  })
}

/** The sessions of the provider are those of this site: there is no other cookie that signs a user in. */
function ownSessions(context: Context, library: Library, provider: Provider): void {
  const adapter = new SessionAdapter(context, library, 'Session')
  const { Session } = provider
  const make = (payload?: AdapterPayload) =>
    Reflect.construct(Session, payload ? [payload] : []) as InstanceType<typeof Session>
  Object.assign(Session, {
    async get(ctx: Parameters<typeof Session.get>[0]) {
      const session = await sessionOfRequest(context, ctx.req)
      const made = make(session && (await adapter.payloadOf(session)))
      if ('oidc' in ctx) (ctx.oidc as { entity(name: string, value: unknown): void }).entity('Session', made)
      return made
    },
  })
  Object.assign(Session.prototype, {
    // Its identifier is the key of the session, which stays.
    resetIdentifier: () => undefined,
    ensureClientContainer: () => undefined,
    sidFor(this: { uid: string }, clientId: string) {
      return sessionId(this.uid, clientId)
    },
  })
}

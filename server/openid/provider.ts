import type { Configuration, ErrorOut, JWK, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { Refusal } from '../core/access/refusal.js'
import { canParseUrl } from '../core/can-parse-url.js'
import { accessTokenSeconds, CLAIMS_BY_SCOPE, OFFLINE_ACCESS } from '../core/openid/client.js'
import { basePath, ownPath, siteAddress } from '../core/site/base-path.js'
import { HOUR, MINUTE } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { isUnavailable } from '../storage/unavailable.js'
import { accountFinder, secondsLeft } from './account.js'
import { AccessTokenAdapter, RecordAdapter, SessionAdapter } from './adapters.js'
import { withState } from './after-logout.js'
import { ClientAdapter } from './client-adapter.js'
import { DeviceAdapter } from './device/adapter.js'
import { deviceFeature, withDeviceGrant, withInterval } from './device/feature.js'
import { ENDPOINTS, INTERACTION } from './endpoints.js'
import { type Library, loadLibrary } from './library.js'
import { override } from './overrides.js'
import { leavePage } from './page.js'
import { loadGrant, stepsBefore } from './policy.js'
import { giveBackUnanswered } from './tokens/give-back.js'
import { logUnavailable, UNAVAILABLE } from './unavailable.js'

/** The cookies of a sign-in under way at this server; no other path gets them. */
const COOKIES = { session: 'postern-openid', interaction: 'postern-openid-step', resume: 'postern-openid-resume' }

/**
 * Makes the OpenID Connect provider (`oidc-provider`), whose sessions, users and tokens are Postern's.
 *
 * @param keys private ones, all of which are published; the first signs
 */
export async function createProvider(context: Context, keys: readonly JWK[]): Promise<Provider> {
  const library = await loadLibrary()
  const { baseUrl, oidcServer } = context.settings
  const configuration = configurationOf(context, library)
  const jwks = { keys: [...keys] }
  const OwnProvider = withDeviceGrant(context, library)
  const provider = new OwnProvider(oidcServer.issuer ?? siteAddress(baseUrl), { ...configuration, jwks })
  override(context, library, provider)
  provider.silent = true
  provider.on('server_error', (ctx: KoaContextWithOIDC, error: unknown) => answerFailure(context, ctx, error))
  provider.use(belowBase(basePath(baseUrl)))
  provider.use(withoutSessionCookie)
  provider.use(leaveSignedOut)
  provider.use(withInterval)
  provider.use(giveBackUnanswered)
  return provider
}

function configurationOf(context: Context, library: Library): Configuration {
  const { keys, settings } = context
  const at = (path: string) => ownPath(settings.baseUrl, path)
  const path = { signed: true, path: at('/auth/openid'), sameSite: 'lax' } as const
  const left = (ctx: KoaContextWithOIDC) => secondsLeft(context, ctx)
  const { discovery: _fixed, ...routes } = ENDPOINTS
  const devices = deviceFeature(context)
  return {
    adapter: (kind) => adapterOf(context, library, kind),
    routes,
    claims: { ...CLAIMS_BY_SCOPE, email: [...CLAIMS_BY_SCOPE.email, 'email_verified'] },
    scopes: [...Object.keys(CLAIMS_BY_SCOPE), OFFLINE_ACCESS],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    // Gafaelfawr's clients read claims from the ID token.
    conformIdTokenClaims: false,
    acceptQueryParamAccessTokens: false,
    extraParams: devices.extraParams,
    ...(devices.discovery && { discovery: devices.discovery }),
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    cookies: {
      keys: keys.openIdCookies.map((key) => Buffer.from(key).toString('base64url')),
      names: COOKIES,
      long: path,
      short: path,
    },
    clientBasedCORS: (_ctx, origin, client) => client.redirectUris?.some((uri) => originOf(uri) === origin) ?? false,
    fetch: (url, options) => fetch(url, withoutDispatcher(options)),
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) => askToSignOut(ctx, at(ENDPOINTS.end_session)),
        postLogoutSuccessSource: sayGoodbye,
      },
      backchannelLogout: { enabled: true },
      // Of its own tokens; those that show any token of this site, or revoke it, come before: `tokens/`.
      introspection: { enabled: true, allowedPolicy: isOwn },
      revocation: { enabled: true, allowedPolicy: isOwn },
      ...devices.features,
    },
    interactions: { policy: stepsBefore(context, library), url: (_ctx, { uid }) => at(`${INTERACTION}/${uid}`) },
    findAccount: accountFinder(context),
    loadExistingGrant: (ctx) => loadGrant(context, ctx),
    // Each is bound to its session here, by `accountFinder`.
    expiresWithSession: () => false,
    issueRefreshToken: (ctx) => grantedScopes(ctx).includes(OFFLINE_ACCESS),
    rotateRefreshToken: true,
    renderError: leaveError,
    ttl: {
      ...devices.ttl,
      AccessToken: (ctx) => accessTokenSeconds(grantedScopes(ctx), left(ctx)),
      AuthorizationCode: MINUTE,
      Grant: left,
      IdToken: left,
      Interaction: HOUR,
      RefreshToken: left,
      Session: HOUR,
    },
  }
}

function grantedScopes({ oidc }: KoaContextWithOIDC): string[] {
  return oidc.entities.Grant?.getOIDCScope().split(' ') ?? []
}

function adapterOf(context: Context, library: Library, kind: string) {
  if (kind === 'Client') return new ClientAdapter(context)
  if (kind === 'AccessToken') return new AccessTokenAdapter(context, library, kind)
  if (kind === 'DeviceCode') return new DeviceAdapter(context, library)
  if (kind === 'Session') return new SessionAdapter(context, library, kind)
  return new RecordAdapter(context, library, kind)
}

/** Returns whether a token is that of the client which asks about it. */
function isOwn(
  _ctx: KoaContextWithOIDC,
  client: { clientId: string },
  token: { clientId?: string | undefined },
): boolean {
  return token.clientId === client.clientId
}

function originOf(uri: string): string | undefined {
  return canParseUrl(uri) ? new URL(uri).origin : undefined
}

/** Has the provider's addresses begin with the path of the base URL, which requests have lost. */
function belowBase(mountPath: string) {
  return (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    Object.assign(ctx, { mountPath })
    return next()
  }
}

/**
 * Lets the provider reach clients on private networks, which it refuses by a dispatcher of its own. The addresses that it asks are
 * those that administrators have registered, for back-channel logout; many sites have their dashboards on 10.0.0.0/8.
 */
function withoutDispatcher(options: RequestInit = {}): RequestInit {
  const { dispatcher: _guard, ...rest } = options
  return rest
}

/** The provider would set a cookie of its own for the session, which is read nowhere. */
async function withoutSessionCookie(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  const set = [ctx.response.get('Set-Cookie') ?? []].flat()
  const kept = set.filter((cookie) => !/^postern-openid(?:\.sig)?=/.test(cookie))
  if (kept.length === set.length) return
  if (kept.length === 0) ctx.remove('Set-Cookie')
  else ctx.set('Set-Cookie', kept)
}

/** Answers a request that failed here. */
function answerFailure(context: Context, ctx: KoaContextWithOIDC, error: unknown): void {
  if (!isUnavailable(error)) {
    context.log.error({ err: error, path: ctx.path }, 'OpenID Connect request failed')
    return
  }
  logUnavailable(context, error, ctx.path)
  ctx.status = UNAVAILABLE.status
  ctx.set(UNAVAILABLE.headers)
  ctx.body = UNAVAILABLE.body
}

/** Gafaelfawr's words for what is wrong with a request that must not lead back to the client. */
function leaveError(ctx: KoaContextWithOIDC, { error, error_description: said }: ErrorOut, cause: Error): void {
  ctx.respond = false
  const loc = (name: string) => ['query', name]
  const asked = typeof ctx.query.client_id === 'string' ? ctx.query.client_id.slice(0, 100) : ''
  if (isUnavailable(cause))
    leavePage(ctx.res, { is: 'refusal', refusal: new Refusal('store_unavailable'), error: cause })
  else if (error === 'invalid_client') {
    const refusal = new Refusal('invalid_client', `Unknown client ID ${asked} in OpenID Connect request`)
    leavePage(ctx.res, { is: 'refusal', refusal, loc: loc('client_id') })
  } else if (error === 'invalid_redirect_uri')
    leavePage(ctx.res, { is: 'refusal', refusal: new Refusal('return_uri_mismatch'), loc: loc('redirect_uri') })
  else if (error === 'server_error')
    leavePage(ctx.res, { is: 'refusal', refusal: new Refusal('internal_error'), error: cause })
  else leavePage(ctx.res, { is: 'refusal', refusal: new Refusal('malformed_request', said) })
}

/** RP-initiated logout: asks the user, for any site may have sent them here. */
function askToSignOut(ctx: KoaContextWithOIDC, endpoint: string): void {
  ctx.respond = false
  const { client, params, session } = ctx.oidc
  const { post_logout_redirect_uri: address, state } = params ?? {}
  leavePage(ctx.res, {
    is: 'sign-out',
    stay: `${endpoint}/confirm`,
    xsrf: String(session?.state?.secret),
    ...(client && { client: { id: client.clientId, name: client.clientName ?? client.clientId } }),
    ...(typeof address === 'string' && { onward: { address, ...(typeof state === 'string' && { state }) } }),
  })
}

/** Leaves it to the pages of the site to lead a user on who had no session. */
async function leaveSignedOut(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next()
  if (ctx.status >= 400) return
  const { route, session, params } = ctx.path.startsWith(ENDPOINTS.end_session) ? ctx.oidc : {}
  const asked = params?.post_logout_redirect_uri
  if (route === 'end_session' && session?.accountId === undefined) {
    // The provider would send a page with a script within it, which no page here may have.
    ctx.respond = false
    leavePage(ctx.res, {
      is: 'signed-out',
      ...(typeof asked === 'string' && { onward: withState(asked, params?.state) }),
    })
  }
}

function sayGoodbye(ctx: KoaContextWithOIDC): void {
  ctx.respond = false
  leavePage(ctx.res, { is: 'signed-out' })
}

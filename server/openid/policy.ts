import type { Grant, interactionPolicy, KoaContextWithOIDC } from 'oidc-provider'
import { missingRight, OFFLINE_ACCESS, type OpenIdClient } from '../core/openid/client.js'
import { agreedScopes } from '../core/openid/consent.js'
import type { Context } from '../storage/context.js'
import { findServedClient } from '../storage/postgres/openid/clients.js'
import { findConsent } from '../storage/postgres/openid/consents.js'
import type { Library } from './library.js'
import { sessionByKey } from './session.js'

/** The step that tells a user that a client is not for them. */
export const ACCESS = 'access'
/** The step that asks a user what a client may learn of them. */
export const CONSENT = 'consent'

/** Returns the steps before a code is given: the provider's own, and whether the client is for this user. */
export function stepsBefore(
  context: Context,
  { interactionPolicy: { base, Prompt, Check } }: Library,
): interactionPolicy.DefaultPolicy {
  const policy = base()
  const isAllowed = new Check('not_allowed', 'the user may not use this client', 'access_denied', async (ctx) => {
    return (await isRefused(context, ctx)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
  })
  policy.add(new Prompt({ name: ACCESS }, isAllowed), 1)
  return policy
}

async function isRefused(context: Context, ctx: KoaContextWithOIDC): Promise<boolean> {
  const client = await clientOf(context, ctx)
  const session = await sessionByKey(context, ctx.oidc.session?.uid)
  return client !== undefined && session !== undefined && missingRight(client, session) !== undefined
}

async function clientOf({ postgres }: Context, { oidc }: KoaContextWithOIDC): Promise<OpenIdClient | undefined> {
  return oidc.client && findServedClient(postgres, oidc.client.clientId)
}

/**
 * Loads what a user has agreed to. Clients of the site itself get what they ask for, as with Gafaelfawr; for others the user
 * is asked once, until the client asks for more, leads to another host, or the user withdraws it. A program on the user's
 * machine is asked about each time: any other program there could claim to be it (RFC 8252 §8.6).
 *
 * Each sign-in has a grant of its own, so that a replayed code takes back what it gave, and nothing else.
 */
export async function loadGrant(context: Context, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { provider, client, account, result, params } = ctx.oidc
  if (!client || !account) return undefined
  const given = result?.consent?.grantId
  if (given !== undefined) return provider.Grant.find(given)
  const scopes = isConsentAsked(params?.prompt) ? [] : await scopesWithoutQuestion(context, ctx, account.accountId)
  if (scopes.length === 0) return undefined
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope([...scopes])
  await grant.save()
  return grant
}

async function scopesWithoutQuestion(
  context: Context,
  ctx: KoaContextWithOIDC,
  username: string,
): Promise<readonly string[]> {
  const known = await clientOf(context, ctx)
  if (!known || known.isPublic) return []
  const asked = [...ctx.oidc.requestParamScopes, ...offlineAccess(ctx)]
  if (known.isOwnSite) return asked
  const consent = await findConsent(context.postgres.prisma, { username, clientId: known.id })
  return agreedScopes(consent, asked, known.redirectUris)
}

function isConsentAsked(prompt: unknown): boolean {
  return typeof prompt === 'string' && prompt.split(' ').includes(CONSENT)
}

/**
 * The provider drops `offline_access` unless the client asks for a consent page, too (OpenID Connect Core §11). Few clients do;
 * one of the site itself, or that a user has agreed to, gets its refresh token without a page.
 */
function offlineAccess({ query }: KoaContextWithOIDC): string[] {
  const scope = typeof query.scope === 'string' ? query.scope.split(' ') : []
  return scope.includes(OFFLINE_ACCESS) ? [OFFLINE_ACCESS] : []
}

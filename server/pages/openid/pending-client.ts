import type { Response } from 'express'
import { canParseUrl } from '../../core/can-parse-url.js'
import { isRedirectAllowed } from '../../core/openid/redirect.js'
import { ownPath } from '../../core/site/base-path.js'
import { ENDPOINTS } from '../../openid/endpoints.js'
import type { Context } from '../../storage/context.js'
import { findClient } from '../../storage/postgres/openid/clients.js'

/**
 * Lets a page's forms lead on to an origin, besides those of every page.
 *
 * Browsers apply `form-action` to the redirects that follow a form, too, and block them without a word.
 */
export function allowFormsTo(response: Response, { origin }: URL): void {
  addFormAction(response, origin)
}

/**
 * Lets a page's form lead on to a provider, and to each host of its scheme: the provider may redirect the form to a host that is its
 * own affair. For pages whose only form is ours, with fields that no user types.
 */
export function allowFormToProvider(response: Response, { protocol }: URL): void {
  addFormAction(response, protocol)
}

function addFormAction(response: Response, source: string): void {
  const policy = response.get('Content-Security-Policy')
  if (policy === undefined) return
  response.set('Content-Security-Policy', policy.replace('form-action ', `form-action ${source} `))
}

/**
 * Lets the forms of a sign-in page lead on to the client that waits for the user, and to no other: that of the authorization
 * request to which the user returns, if the client is registered with the address.
 *
 * @param rd the return URL as it was received
 */
export async function allowPendingClient(
  { settings, postgres }: Context,
  response: Response,
  rd: string,
): Promise<void> {
  if (!settings.oidcServer.enabled || !canParseUrl(rd, settings.baseUrl.href)) return
  const { origin, pathname, searchParams } = new URL(rd, settings.baseUrl)
  if (origin !== settings.baseUrl.origin || pathname !== ownPath(settings.baseUrl, ENDPOINTS.authorization)) return
  const redirectUri = searchParams.get('redirect_uri') ?? ''
  const client = await findClient(postgres.prisma, searchParams.get('client_id') ?? '')
  if (client && isRedirectAllowed(client, redirectUri)) allowFormsTo(response, new URL(redirectUri))
}

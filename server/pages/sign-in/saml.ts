import { randomBytes } from 'node:crypto'
import express, { type Request, type Response, Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { signInDetails } from '../../core/audit/event.js'
import { pathBelow } from '../../core/site/base-path.js'
import type { TokenKey } from '../../core/token/token.js'
import { setSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import { SignInFailure } from '../../login/failure.js'
import type { Provider } from '../../login/providers/provider.js'
import { SamlProvider } from '../../login/providers/saml/provider.js'
import { writeSoapFault } from '../../login/providers/saml/soap.js'
import { ownerOf } from '../../tokens/list.js'
import { revokeToken } from '../../tokens/revoke.js'
import { fieldOf } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'

/** The addresses that a SAML provider is told: the metadata of this site, where responses go, and requests to sign out. */
export function samlPages(pages: PageServices, providers: readonly Provider[]): Router {
  const { context, at } = pages
  const { settings, log } = context
  const outside = settings.afterLogoutUrl?.href ?? at('/login')

  /** Takes the form of another site, without cookies, and leads the browser to where it has them. */
  async function receive(provider: SamlProvider, request: Request, response: Response): Promise<void> {
    const form = { response: fieldOf(request, 'SAMLResponse'), relayState: fieldOf(request, 'RelayState') }
    const onward = await provider.receive(form)
    response.set('Cache-Control', 'no-store').redirect(303, onward.href)
  }

  /** The browser comes back from the provider's sign-out, or with its request to end a session. */
  async function signOut(provider: SamlProvider, request: Request, response: Response): Promise<void> {
    response.set('Cache-Control', 'no-store')
    if (!('SAMLRequest' in request.query)) {
      setSignedOutMarker(response, settings)
      return response.redirect(303, outside)
    }
    const verified = await provider.verifyLogout(request.originalUrl.split('?').slice(1).join('?'))
    if (verified instanceof SignInFailure)
      return showRefusal(pages, response, verified.refusal, noteRefusal(provider, response, verified))
    await end(provider, request, verified.keys)
    const answer = await provider.answerLogout(verified.request)
    response.redirect(303, answer?.href ?? outside)
  }

  /** The provider itself ends a session; no browser takes part. */
  async function signOutBySoap(provider: SamlProvider, request: Request, response: Response): Promise<void> {
    response.set('Cache-Control', 'no-store').type('text/xml')
    const verified = await provider.verifySoapLogout(typeof request.body === 'string' ? request.body : '')
    if (verified instanceof SignInFailure) {
      const { reference } = noteRefusal(provider, response, verified)
      response.status(400).send(await writeSoapFault(`${verified.refusal.message}. Reference: ${reference}`))
      return
    }
    await end(provider, request, verified.keys)
    response.send(await provider.answerSoapLogout(verified.request))
  }

  async function end(provider: SamlProvider, request: Request, keys: readonly TokenKey[]): Promise<void> {
    for (const key of keys) {
      const owner = await ownerOf(context, key)
      const actor = owner !== undefined && actorOf(request, 'sign-in', owner)
      const ended = actor && (await revokeToken(context, actor.username, key, actor))
      if (ended && !(ended instanceof Refusal))
        log.info({ user: owner, token: key, provider: provider.id }, 'Signed out')
    }
  }

  /** No session is ended; the cause is in the log. */
  function noteRefusal(provider: SamlProvider, response: Response, { refusal, cause }: SignInFailure) {
    const reference = randomBytes(6).toString('hex')
    noteForAudit(response, { action: 'sign-out', code: refusal.code, details: signInDetails(provider.id) })
    log.warn({ code: refusal.code, cause, reference, provider: provider.id }, 'SAML request to sign out refused')
    return { reference }
  }

  const router = Router()
  const soap = express.text({ type: ['text/xml', 'application/soap+xml'], limit: settings.limits.bodyBytes })
  for (const provider of providers.filter((each) => each instanceof SamlProvider)) {
    router.get(`/login/${provider.id}/metadata`, async (_request, response) => {
      response
        .set('Cache-Control', 'no-cache')
        .type('application/samlmetadata+xml')
        .send(await provider.describe())
    })
    router.post(pathBelow(settings.baseUrl, provider.callback.pathname), (request, response) =>
      receive(provider, request, response),
    )
    const logout = `/login/${provider.id}/logout`
    router.get(logout, (request, response) => signOut(provider, request, response))
    router.post(logout, soap, (request, response) => signOutBySoap(provider, request, response))
  }
  return router
}

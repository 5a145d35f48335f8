import { type Request, type Response, Router } from 'express'
import { requestSource } from '../../authn/request-source.js'
import { isOwnLink } from '../../core/access/cross-site.js'
import { Refusal } from '../../core/access/refusal.js'
import { returnUrl } from '../../core/access/return-url.js'
import { ownUrl } from '../../core/site/base-path.js'
import { clearLogoutHint, type LogoutHint, readLogoutHint } from '../../login/browser/logout-hint.js'
import { clearSessionCookie } from '../../login/browser/session-cookie.js'
import { setSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import type { Provider } from '../../login/providers/provider.js'
import { afterLogoutAt } from '../../openid/after-logout.js'
import { revokeToken } from '../../tokens/revoke.js'
import { fieldOf, requireForm, type SignedInRequest } from '../account/require-sign-in.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'

/** Signing out: of this site, of the provider that signed the user in, and on to where the user came from. */
export function signOutPages(pages: PageServices, providers: readonly Provider[]): Router {
  const { context, render, at } = pages
  const { settings, log } = context
  const outside = settings.afterLogoutUrl?.href ?? at('/login')

  /** Where signing out leads; nothing when it must not be followed. */
  function farewell(rd: string): string | undefined {
    return rd === '' ? outside : returnUrl(rd, settings)?.href
  }

  /**
   * Ends the session where a page of this site has the link, as portals made for Gafaelfawr do. Asks before that in all
   * other cases: any site could have made the link. A user without a session is redirected on.
   */
  async function signOutByLink(request: Request, response: Response): Promise<void> {
    const rd = typeof request.query.rd === 'string' ? request.query.rd : ''
    const target = farewell(rd)
    if (target === undefined) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const user = await signedInUser(pages, request)
    if (!user) return response.set('Cache-Control', 'no-store').redirect(303, target)
    if (isOwnLink(requestSource(request.method, request.headers), settings))
      return signOut({ request, response, user }, target)
    await render(response, 'sign-in/sign-out', { layout: layoutOf(context, user), rd })
  }

  /** The form of a page of this site, also of the one that asks users when a client sends them here. */
  async function signOutByForm(signedIn: SignedInRequest): Promise<void> {
    const field = (name: string) => fieldOf(signedIn.request, name)
    const client = await afterLogoutAt(context, {
      clientId: field('client_id'),
      address: field('post_logout_redirect_uri'),
      state: field('state'),
    })
    return signOut(signedIn, client ?? farewell(field('rd')) ?? outside)
  }

  async function signOut({ request, response, user }: SignedInRequest, target: string): Promise<void> {
    const { session, actor } = user
    const hint = await readLogoutHint(context, request)
    await revokeToken(context, session.username, session.key, actor)
    log.info({ user: session.username, token: session.key }, 'Signed out')
    clearSessionCookie(response, settings)
    clearLogoutHint(response, settings)
    setSignedOutMarker(response, settings)
    if (hint && (await leaveProvider(response, hint))) return
    response.set('Cache-Control', 'no-store').redirect(303, target)
  }

  /**
   * Ends the provider's session, too; false when the browser need not go there. With a page between, which goes on by itself:
   * browsers hold the redirects of a form to where our pages may send forms, and a provider's addresses are not known when
   * those are written.
   */
  async function leaveProvider(response: Response, { provider: id, token: keep }: LogoutHint): Promise<boolean> {
    const provider = providers.find((each) => each.id === id)
    const onward = await provider?.endSession?.(keep, settings.afterLogoutUrl ?? ownUrl(settings.baseUrl, '/login'))
    if (!provider || !onward) return false
    response.set('Refresh', `0;url=${onward.href}`)
    const words = wordsOf(response)
    await render(response, 'shared/error-page', {
      layout: layoutOf(context),
      heading: words.text('signIn.out.heading'),
      what: words.text('signIn.out.what', { provider: provider.title }),
      remedy: words.text('signIn.out.remedy'),
      link: { text: words.text('signIn.out.link', { provider: provider.title }), href: onward.href },
    })
    return true
  }

  const router = Router()
  router.route('/logout').get(signOutByLink).post(requireForm(pages, signOutByForm))
  return router
}

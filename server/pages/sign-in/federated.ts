import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { returnUrl } from '../../core/access/return-url.js'
import { consumeAuthorizationState, saveAuthorizationState } from '../../login/browser/authorization-state.js'
import { SignInFailure } from '../../login/failure.js'
import { linkIdentity } from '../../login/federated.js'
import type { Identity, Provider } from '../../login/providers/provider.js'
import { redirectUriOf } from '../../login/providers/registry.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { allowFormToProvider } from '../openid/pending-client.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import type { Exchange } from './ask-step.js'
import { completeSignIn, originOf } from './complete.js'
import { showSignInFailure } from './failure.js'

/** Serves federated sign-in: the redirect to a provider, and the return from it. */
export interface ProviderPages {
  readonly routes: Router
  /**
   * Sends the browser to a provider; afterwards it goes on to `rd`.
   *
   * @param again the user who signs in again; the provider asks them anew, and another user is refused
   */
  begin(exchange: Exchange, provider: Provider, rd: string, again?: string): Promise<void>
  /** Whether a request for `/login` is a browser that comes back: Gafaelfawr's registrations lead there. */
  isReturn(request: Request): boolean
  finish(request: Request, response: Response): Promise<void>
}

/** An identity that a provider vouches for, and where its user goes next. */
interface ProvidedIdentity {
  readonly provider: Provider
  readonly identity: Identity
  readonly rd: string
  /** The user who signs in again. */
  readonly again: string | undefined
}

export function providerPages(pages: PageServices, providers: readonly Provider[]): ProviderPages {
  const { context } = pages
  const { settings } = context
  const named = (id: unknown) => providers.find((each) => each.id === id)

  async function begin({ request, response }: Exchange, provider: Provider, rd: string, again?: string): Promise<void> {
    if (!destination(rd)) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const state = context.random(32).toString('base64url')
    const callback = redirectUriOf(settings, providers, provider)
    const departure = await provider.begin(state, callback, { anew: again !== undefined })
    if (departure instanceof SignInFailure) return fail(request, response, departure, { provider, rd, again })
    const { url: to, form, state: secrets } = departure
    const flow = { provider: provider.id, state, rd, secrets, ...(again !== undefined && { again }) }
    await saveAuthorizationState(context, request, response, flow)
    response.set('Cache-Control', 'no-store')
    if (!form) return response.redirect(303, to.href)
    allowFormToProvider(response, to)
    const model = { layout: layoutOf(context), title: provider.title, action: to.href, fields: Object.entries(form) }
    await pages.render(response, 'sign-in/onward', model)
  }

  async function finish(request: Request, response: Response): Promise<void> {
    const query = request.originalUrl.split('?').slice(1).join('?')
    const state = new URLSearchParams(query).get('state') ?? ''
    const flow = await consumeAuthorizationState(context, request, response, state)
    const provider = named(flow?.provider)
    const callback = provider && redirectUriOf(settings, providers, provider)
    if (!flow || !callback || pages.at(request.path) !== callback.pathname) return lost(request, response)
    callback.search = query
    const identity = await provider.finish(callback, state, flow.secrets)
    const { rd, again } = flow
    if (identity instanceof SignInFailure) return fail(request, response, identity, { provider, rd, again })
    await enter({ request, response }, { provider, identity, rd, again })
  }

  async function enter(
    { request, response }: Exchange,
    { provider, identity, rd, again }: ProvidedIdentity,
  ): Promise<void> {
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const { username, logoutToken = '' } = identity
    const isOther = again !== undefined && again !== username
    const outcome = isOther
      ? new SignInFailure('other_user', `${again} was to sign in again, and ${username} came`)
      : await linkIdentity(context, provider.id, identity, originOf(context, request))
    if (!(outcome instanceof SignInFailure)) {
      context.counters.signIns.add(provider.id, 'signed_in')
      if (logoutToken !== '') await provider.sessionOpened?.(logoutToken, outcome.key)
      const hint = { provider: provider.id, token: logoutToken }
      return completeSignIn(pages, { request, response, username, token: outcome, hint, target })
    }
    // No session holds the provider's grant: revoked, so that the provider asks again at the next sign-in.
    if (logoutToken !== '') await provider.endSession?.(logoutToken, settings.baseUrl)
    return fail(request, response, outcome, { provider, rd, again })
  }

  /** Answers a return without a sign-in in progress; mostly another tab has finished it already. */
  async function lost(request: Request, response: Response): Promise<void> {
    const user = await signedInUser(pages, request)
    if (user) return response.set('Cache-Control', 'no-store').redirect(303, pages.at('/auth/tokens'))
    await fail(
      request,
      response,
      new SignInFailure('sign_in_lost', 'no flow of this browser has the state that came'),
      {},
    )
  }

  function fail(
    request: Request,
    response: Response,
    failure: SignInFailure,
    { provider, rd = '', again }: { provider?: Provider; rd?: string; again?: string | undefined },
  ): Promise<void> {
    context.counters.signIns.add(provider?.id ?? 'unknown', failure.refusal.code)
    return showSignInFailure(pages, { request, response, failure, rd, again, ...(provider && { provider }) })
  }

  function destination(rd: string): URL | undefined {
    return returnUrl(rd === '' ? pages.at('/auth/tokens') : rd, settings)
  }

  const routes = Router()
  routes.get('/login/:provider', async (request, response, next) => {
    const provider = named(request.params.provider)
    const { rd } = request.query
    return provider ? begin({ request, response }, provider, typeof rd === 'string' ? rd : '') : next()
  })
  routes.get('/login/:provider/callback', (request, response, next) =>
    named(request.params.provider) ? finish(request, response) : next(),
  )
  return {
    routes,
    begin,
    finish,
    isReturn: ({ query }) => providers.length > 0 && ['code', 'error', 'state'].some((name) => name in query),
  }
}

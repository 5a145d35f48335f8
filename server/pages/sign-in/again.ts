import { type Request, Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { returnUrl } from '../../core/access/return-url.js'
import { accountObject } from '../../core/audit/event.js'
import { Secret } from '../../core/token/secret.js'
import { readKeptForm } from '../../login/browser/kept-form.js'
import type { LoginThrottle } from '../../login/login-throttle.js'
import { offersPasskeys } from '../../login/passkeys/relying-party.js'
import { usePasskey } from '../../login/passkeys/use-passkey.js'
import { verifyPassword } from '../../login/password.js'
import type { Provider } from '../../login/providers/provider.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import type { AccountSteps } from './account-steps.js'
import { AGAIN, RESUME, showSignInAgain } from './ask-again.js'
import { passkeyFormOf } from './ask-step.js'
import type { ProviderPages } from './federated.js'

interface Ways {
  readonly elsewhere: Pick<ProviderPages, 'begin'>
  readonly providers: readonly Provider[]
  /** The sign-in page's: guesses here and there count together. */
  readonly throttle: LoginThrottle
  /** The steps of a sign-in after the password. */
  readonly proceed: AccountSteps['proceed']
}

/**
 * Signing in again, as the same user and in the same way. It makes a new session and ends the old one (ASVS 7.2.4): a thief who
 * has the cookie of the old one gains nothing by it.
 */
export function signInAgainPages(pages: PageServices, { elsewhere, providers, throttle, proceed }: Ways): Router {
  const { context, render, at } = pages
  const { settings, counters, log } = context

  function destination(rd: string): URL | undefined {
    return returnUrl(rd === '' ? at('/auth/tokens') : rd, settings)
  }

  async function ask(signedIn: SignedInRequest): Promise<void> {
    const rd = returnIn(signedIn.request)
    if (destination(rd)) return showSignInAgain(pages, signedIn, { rd })
    return showRefusal(pages, signedIn.response, new Refusal('invalid_return_url'), { user: signedIn.user })
  }

  /** Refuses with the sentences and the limits of the sign-in page. */
  async function withPassword(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const { username, provider } = user.session
    const rd = fieldOf(request, 'rd')
    if (!destination(rd)) return showRefusal(pages, response, new Refusal('invalid_return_url'), { user })
    if (provider !== undefined || settings.localAccounts === 'off') {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    noteForAudit(response, { action: 'sign-in', object: accountObject(username) })
    const attempt = { username, address: request.ip ?? 'unknown' }
    const wait = await throttle.count(attempt)
    if (wait !== undefined) {
      response.set('Retry-After', String(wait))
      return refuse(signedIn, rd, new Refusal('sign_in_slowed'), wait)
    }
    const account = await verifyPassword(context, username, new Secret(fieldOf(request, 'password')))
    if (account instanceof Refusal) return refuse(signedIn, rd, account)
    await throttle.reset(attempt)
    await proceed({ request, response }, { account, isPasskeyProven: false, rd })
  }

  /** A passkey of the same user in place of the password. */
  async function withPasskey(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const { username, provider } = user.session
    const rd = fieldOf(request, 'rd')
    if (!destination(rd)) return showRefusal(pages, response, new Refusal('invalid_return_url'), { user })
    if (provider !== undefined || !offersPasskeys(settings)) {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    noteForAudit(response, { action: 'sign-in', object: accountObject(username) })
    const form = { ...passkeyFormOf(request), ceremony: 'again' as const, username }
    const account = await usePasskey(context, form, actorOf(request, 'sign-in'))
    if (account instanceof Refusal) return refuse(signedIn, rd, account)
    await proceed({ request, response }, { account, isPasskeyProven: true, rd })
  }

  function refuse(signedIn: SignedInRequest, rd: string, refusal: Refusal, wait?: number): Promise<void> {
    const { request, response } = signedIn
    const { code, status } = refusal
    counters.signIns.add('local', code)
    noteForAudit(response, { code })
    log.info({ code, remoteIp: request.ip }, 'Sign-in refused')
    response.status(status)
    const error = { ...refusalText(refusal, wordsOf(response)), ...(wait !== undefined && { retryAfterSeconds: wait }) }
    return showSignInAgain(pages, signedIn, { rd, error })
  }

  async function atProvider({ request, response, user }: SignedInRequest): Promise<void> {
    const provider = providers.find(({ id }) => id === user.session.provider)
    if (!provider) return showRefusal(pages, response, new Refusal('not_found'), { user })
    return elsewhere.begin({ request, response }, provider, returnIn(request), user.session.username)
  }

  /** Shows what the user was about to do. It is sent by a click: the session is new, and so is its CSRF token. */
  async function resume({ request, response, user }: SignedInRequest): Promise<void> {
    const form = await readKeptForm(context, request, user.session.username)
    if (!form) return response.set('Cache-Control', 'no-store').redirect(303, at('/auth/tokens'))
    const { act, action, fields } = form
    await render(response, 'sign-in/resume', {
      layout: layoutOf(context, user),
      purpose: act,
      action: at(action),
      fields,
    })
  }

  const router = Router()
  router.route(AGAIN).get(requireSignIn(pages, ask)).post(requireForm(pages, withPassword))
  router.post(`${AGAIN}/passkey`, requireForm(pages, withPasskey))
  router.get(`${AGAIN}/provider`, requireSignIn(pages, atProvider))
  router.get(RESUME, requireSignIn(pages, resume))
  return router
}

function returnIn({ query }: Request): string {
  return typeof query.rd === 'string' ? query.rd : ''
}

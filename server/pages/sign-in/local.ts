import { type Request, type Response, Router } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { returnUrl } from '../../core/access/return-url.js'
import { accountAt, signInDetails } from '../../core/audit/event.js'
import { Secret } from '../../core/token/secret.js'
import { deviceCookieOf, deviceOf } from '../../login/browser/device-cookie.js'
import { returnParameter } from '../../login/browser/return-parameter.js'
import { consumeSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import { formTokenMatches, issueFormToken } from '../../login/form-csrf.js'
import { LoginThrottle } from '../../login/login-throttle.js'
import { offersPasskeys } from '../../login/passkeys/relying-party.js'
import { verifyPassword } from '../../login/password.js'
import type { Provider } from '../../login/providers/provider.js'
import { openProviders } from '../../login/providers/registry.js'
import { isPasskeyKnown } from '../../storage/postgres/identity/passkeys.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { fieldOf, formOf } from '../account/require-sign-in.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { allowPendingClient } from '../openid/pending-client.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import type { SignInError } from '../shared/view-models.js'
import { accountSteps } from './account-steps.js'
import { signInAgainPages } from './again.js'
import { type Exchange, passkeyAlone } from './ask-step.js'
import { providerPages } from './federated.js'
import { samlPages } from './saml.js'
import { signOutPages } from './sign-out.js'

/** Signing in, with a local account or by way of a provider, and out again. */
export function signInPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { settings, counters, log } = context
  const providers = openProviders(context)
  const elsewhere = providerPages(pages, providers)
  const slowDown = new LoginThrottle(context.redis)

  /** The address to go on to; the token list when none is given; nothing when it must not be followed. */
  function destination(rd: string): URL | undefined {
    return returnUrl(rd === '' ? at('/auth/tokens') : rd, settings)
  }

  async function showForm(request: Request, response: Response, rd: string, error?: SignInError): Promise<void> {
    const accounts = settings.localAccounts === 'offered' || (wantsLocal(request) && settings.localAccounts !== 'off')
    const csrf = await issueFormToken(context, request, response)
    const lockdown = await readLockdown(context.postgres)
    await allowPendingClient(context, response, rd)
    const hasPasskeys = accounts && offersPasskeys(settings) && (await isPasskeyKnown(context.postgres.prisma))
    await render(response, 'sign-in/sign-in', {
      layout: { ...layoutOf(context), csrf },
      providers: providers.map(({ id, title, icon }) => ({
        text: title,
        icon,
        href: at(`/login/${id}${withReturn(rd)}`),
      })),
      accounts,
      ...(hasPasskeys && { passkey: await passkeyAlone(pages, csrf) }),
      username: fieldOf(request, 'username').slice(0, 64),
      rd,
      ...(lockdown && { lockdown }),
      ...(error && { error }),
    })
  }

  /** The one provider of a site that offers nothing else; there is nothing to choose then. */
  function onlyWay(request: Request): Provider | undefined {
    const [first, second] = providers
    return second || settings.localAccounts === 'offered' || wantsLocal(request) ? undefined : first
  }

  async function ask(request: Request, response: Response): Promise<void> {
    const rd = returnParameter(request)
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    if (elsewhere.isReturn(request)) return elsewhere.finish(request, response)
    const user = await signedInUser(pages, request)
    const leaving = consumeSignedOutMarker(request, response, settings) && rd === ''
    const provider = leaving ? undefined : onlyWay(request)
    if (!user && provider) return elsewhere.begin({ request, response }, provider, rd)
    if (!user) return showForm(request, response, rd)
    const words = wordsOf(response)
    // Not a redirect: were the cookie not to reach the page that sent us here, the two would go on for ever.
    await render(response, 'shared/error-page', {
      layout: layoutOf(context, user),
      heading: words.text('signIn.already.heading'),
      what: words.text('signIn.already.what', { username: user.session.username }),
      link: { text: words.text('signIn.already.go'), href: target.href },
      other: { text: words.text('signIn.out.submit'), href: at('/logout') },
    })
  }

  async function submit(request: Request, response: Response): Promise<void> {
    if (settings.localAccounts === 'off') return showRefusal(pages, response, new Refusal('not_found'))
    const rd = fieldOf(request, 'rd')
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    if (!(await formTokenMatches(context, request, formOf(request).csrf))) {
      const words = wordsOf(response)
      const error = {
        message: words.text('signIn.formExpired.message'),
        remedy: words.text('signIn.formExpired.remedy'),
      }
      return showForm(request, response.status(403), rd, error)
    }
    const username = fieldOf(request, 'username').trim()
    const address = request.ip ?? 'unknown'
    noteForAudit(response, { action: 'sign-in', object: accountAt(username), details: signInDetails(undefined) })
    const device = await deviceOf(context, deviceCookieOf(context, request), username)
    const attempt = { username, address, ...(device !== undefined && { device }) }
    const wait = await slowDown.count(attempt)
    if (wait !== undefined) {
      log.warn({ remoteIp: address }, 'Sign-in slowed down')
      counters.signIns.add('local', 'sign_in_slowed')
      noteForAudit(response, { code: 'sign_in_slowed' })
      const text = refusalText(new Refusal('sign_in_slowed'), wordsOf(response))
      response.status(429).set('Retry-After', String(wait))
      return showForm(request, response, rd, { ...text, retryAfterSeconds: wait })
    }
    const account = await verifyPassword(context, username, new Secret(fieldOf(request, 'password')))
    if (account instanceof Refusal) return refuse({ request, response }, account, rd)
    await slowDown.reset(attempt)
    await steps.proceed({ request, response }, { account, isPasskeyProven: false, rd })
  }

  /** Answers a refused sign-in with a local account. */
  function refuse({ request, response }: Exchange, refusal: Refusal, rd: string): Promise<void> {
    counters.signIns.add('local', refusal.code)
    noteForAudit(response, { code: refusal.code })
    log.info({ code: refusal.code, remoteIp: request.ip ?? 'unknown' }, 'Sign-in refused')
    if (refusal.code === 'no_access') return showRefusal(pages, response, refusal)
    return showForm(request, response.status(refusal.status), rd, refusalText(refusal, wordsOf(response)))
  }

  const steps = accountSteps(pages, { destination, refuse })

  const router = Router()
  const again = signInAgainPages(pages, { elsewhere, providers, throttle: slowDown, proceed: steps.proceed })
  router.use(samlPages(pages, providers), signOutPages(pages, providers), elsewhere.routes, steps.routes, again)
  router.route('/login').get(ask).post(submit)
  return router
}

/** The form that a site does not offer, for the operator on the day when the provider is down; also when it comes back wrong. */
function wantsLocal(request: Request): boolean {
  return 'local' in request.query || request.method === 'POST'
}

function withReturn(rd: string): string {
  return rd === '' ? '' : `?rd=${encodeURIComponent(rd)}`
}

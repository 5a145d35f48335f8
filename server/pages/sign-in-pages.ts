import { type Request, type Response, Router } from 'express'
import type { Logger } from 'pino'
import { Refusal } from '../core/refusal.js'
import { returnUrl } from '../core/return-url.js'
import { Secret } from '../core/secret.js'
import { beginLogin, loginMatches } from '../login/login-state.js'
import { clearSessionCookie, setSessionCookie } from '../login/session-cookie.js'
import { signIn } from '../login/sign-in.js'
import { SlowDown } from '../login/slow-down.js'
import { revokeToken } from '../tokens/revoke.js'
import { fieldOf, forForm, formOf, forPerson } from './for-person.js'
import { frameOf } from './frame.js'
import { showRefusal } from './message.js'
import type { SignInError } from './models.js'
import { type Pages, type Person, personOf } from './person.js'

/** Signing in with a local account, and out again. */
export function signInPages(pages: Pages, log: Logger): Router {
  const { context, render } = pages
  const { settings, counts } = context
  const slowDown = new SlowDown(context.redis)

  /** The address to go on to; the token list when none is given; nothing when it must not be followed. */
  function destination(rd: string): URL | undefined {
    return returnUrl(rd === '' ? '/auth/tokens' : rd, settings)
  }

  async function showForm(request: Request, response: Response, rd: string, error?: SignInError): Promise<void> {
    const csrf = await beginLogin(context, request, response)
    await render(response, 'sign-in', {
      frame: { ...frameOf(context), csrf },
      username: fieldOf(request, 'username').slice(0, 64),
      rd,
      ...(error && { error }),
    })
  }

  async function ask(request: Request, response: Response): Promise<void> {
    const rd = typeof request.query.rd === 'string' ? request.query.rd : ''
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const person = await personOf(pages, request)
    if (!person) return showForm(request, response, rd)
    // Not a redirect: were the cookie not to reach the page that sent us here, the two would go on for ever.
    await render(response, 'message', {
      frame: frameOf(context, person),
      heading: 'You are signed in',
      what: `You are signed in as ${person.session.username}.`,
      link: { text: 'Continue', href: target.href },
    })
  }

  async function submit(request: Request, response: Response): Promise<void> {
    const rd = fieldOf(request, 'rd')
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    if (!(await loginMatches(context, request, formOf(request).csrf))) {
      const error = { message: 'The form was open for too long, or cookies are off', remedy: 'Please sign in again.' }
      return showForm(request, response.status(403), rd, error)
    }
    const username = fieldOf(request, 'username').trim()
    const address = request.ip ?? 'unknown'
    const wait = await slowDown.count(username, address)
    if (wait !== undefined) {
      log.warn({ remoteIp: address }, 'Sign-in slowed down')
      counts.signIns.add('local', 'sign_in_slowed')
      const { message, remedy } = new Refusal('sign_in_slowed')
      response.status(429).set('Retry-After', String(wait))
      return showForm(request, response, rd, { message, remedy, retryAfterSeconds: wait })
    }
    const client = request.headers['user-agent']?.slice(0, 200)
    const origin = { ...(request.ip && { address: request.ip }), ...(client && { client }) }
    const outcome = await signIn(context, username, new Secret(fieldOf(request, 'password')), origin)
    counts.signIns.add('local', outcome instanceof Refusal ? outcome.code : 'signed_in')
    if (outcome instanceof Refusal) {
      log.info({ code: outcome.code, remoteIp: address }, 'Sign-in refused')
      if (outcome.code === 'no_access') return showRefusal(pages, response, outcome)
      return showForm(request, response.status(outcome.status), rd, {
        message: outcome.message,
        remedy: outcome.remedy,
      })
    }
    await slowDown.forgive(username, address)
    await endPrevious(request)
    log.info({ user: username, token: outcome.key, remoteIp: address }, 'Signed in')
    setSessionCookie(response, settings, outcome)
    response.set('Cache-Control', 'no-store').redirect(303, target.href)
  }

  /** The session that this browser had is replaced: nothing would ever send its token again, and it would live on. */
  async function endPrevious(request: Request): Promise<void> {
    const previous = await personOf(pages, request)
    if (previous) await revokeToken(context, previous.session.username, previous.session.key, previous.actor)
  }

  async function signOut(request: Request, response: Response, { session, actor }: Person): Promise<void> {
    await revokeToken(context, session.username, session.key, actor)
    log.info({ user: session.username, token: session.key }, 'Signed out')
    clearSessionCookie(response, settings)
    const wanted = fieldOf(request, 'rd')
    const target = wanted === '' ? undefined : returnUrl(wanted, settings)
    response.redirect(303, (target ?? settings.afterLogoutUrl)?.href ?? '/login')
  }

  const router = Router()
  router.route('/login').get(ask).post(submit)
  router
    .route('/logout')
    .get(
      forPerson(pages, (_request, response, person) =>
        render(response, 'sign-out', { frame: frameOf(context, person) }),
      ),
    )
    .post(forForm(pages, signOut))
  return router
}

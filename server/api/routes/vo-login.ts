import express, { type Request, type Response, Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { fromUserAndPassword } from '../../authn/carriers/basic.js'
import { requestIdOf } from '../../authn/request-id.js'
import { readUserAndPassword, type UserAndPassword } from '../../authn/user-and-password.js'
import { challenge } from '../../core/access/challenge.js'
import { Refusal } from '../../core/access/refusal.js'
import { VO_LOGIN_PATH } from '../../core/access/vo/challenges.js'
import { accountAt, signInDetails } from '../../core/audit/event.js'
import { formatToken, type Token } from '../../core/token/token.js'
import { storedClient } from '../../core/token/use-place.js'
import { cookieOptions } from '../../login/browser/cookie-options.js'
import { LoginThrottle } from '../../login/login-throttle.js'
import { verifyPassword } from '../../login/password.js'
import { loginToken } from '../../login/vo/login-token.js'
import { type ParentToken, parentOfAccount, parentOfToken } from '../../login/vo/parent-token.js'
import type { Context } from '../../storage/context.js'
import { authenticate } from '../../tokens/authenticate.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import { sendRefusal } from '../error-body.js'

/** The body of a form with a name and a password; the longest that a sign-in takes are far shorter. */
const FORM = { extended: false, limit: '8kb', parameterLimit: 10 }

/**
 * Serves the login that challenges name (IVOA AuthVO): `tls-with-password`, a form, and `BasicAA`, which STILTS sends by GET. The
 * password is a token, or that of a local account. The answer has a token in `X-VO-Bearer`, in a cookie, or in both, as the site
 * offers them; never in its body.
 *
 * Attack: a page of another site sends this form with the attacker's token, and the browser works as the attacker from then on.
 * So no request of a browser is taken, from our own pages neither: no browser ever gets this cookie.
 *
 * Attack: a service of another operator names this address in its own challenge. A client with `ivoa_cookie` sends the cookie to
 * our hosts alone, by the rules of cookies. One with `ivoa_bearer` hands the token to that service: see {@link loginToken}.
 */
export function voLogin(context: Context & RecordsUsage): Router {
  const { settings, counters, log, usage, clock } = context
  const throttle = new LoginThrottle(context.redis)

  async function logIn(request: Request, response: Response): Promise<void> {
    if (!settings.voLogin.cookie && !settings.voLogin.bearer) return sendRefusal(response, new Refusal('not_found'))
    if (isOfBrowser(request)) return sendRefusal(response, new Refusal('cross_site', NO_BROWSERS))
    const given = readUserAndPassword(request.headers, request.body)
    if (!given) return refuse(response, new Refusal('no_authorization'))
    const parent = await parentOf(request, response, given)
    if (parent instanceof Refusal) return refuse(response, parent)
    const token = await loginToken(context, parent, actorOf(request, 'sign-in', parent))
    if (token instanceof Refusal) return refuse(response, token)
    log.info({ user: parent.username, token: token.key, remoteIp: request.ip }, 'VO login')
    await answer(response, parent.username, token)
  }

  async function parentOf(request: Request, response: Response, given: UserAndPassword) {
    const carried = fromUserAndPassword(given.username, given.password.reveal())
    if (carried instanceof Refusal) return carried
    if (!carried) return parentByPassword(request, response, given)
    const parent = await parentOfToken(context, carried.token, request.ip)
    if (!(parent instanceof Refusal)) usage.record(parent, clock(), request.ip, request.headers['user-agent'])
    return parent
  }

  /** Throttled as the sign-in page is, by the same counts: the one is no way around the other. */
  async function parentByPassword(
    request: Request,
    response: Response,
    { username, password }: UserAndPassword,
  ): Promise<ParentToken | Refusal> {
    if (settings.localAccounts === 'off') return new Refusal('sign_in_failed', TOKENS_ALONE)
    noteForAudit(response, { action: 'sign-in', object: accountAt(username), details: signInDetails(undefined) })
    const attempt = { username, address: request.ip ?? 'unknown' }
    const wait = await throttle.count(attempt)
    if (wait !== undefined) {
      log.warn({ remoteIp: attempt.address }, 'Sign-in slowed down')
      counters.signIns.add('local', 'sign_in_slowed')
      response.set('Retry-After', String(wait))
      return new Refusal('sign_in_slowed')
    }
    const account = await verifyPassword(context, username, password)
    if (!(account instanceof Refusal)) await throttle.reset(attempt)
    const parent = account instanceof Refusal ? account : await parentOfAccount(context, account, originOf(request))
    counters.signIns.add('local', parent instanceof Refusal ? parent.code : 'signed_in')
    return parent
  }

  function originOf(request: Request) {
    const client = storedClient(request.headers['user-agent'])
    const requestId = requestIdOf(request)
    return {
      lifetime: settings.voLogin.lifetime,
      ...(request.ip && { address: request.ip }),
      ...(client && { client }),
      ...(requestId !== undefined && { requestId }),
    }
  }

  async function answer(response: Response, username: string, token: Token): Promise<void> {
    const text = formatToken(token)
    const { expires = 0 } = (await authenticate(context, token)) ?? {}
    response.set({ 'Cache-Control': 'no-store', 'X-VO-Authenticated': username })
    if (settings.voLogin.bearer) response.set('X-VO-Bearer', text)
    if (settings.voLogin.cookie) {
      const maxAge = Math.max(0, expires - clock()) * 1000
      response.cookie(settings.cookies.vo, text, { ...cookieOptions(settings, 'vo'), sameSite: 'strict', maxAge })
    }
    response.type('text/plain').send(`Logged in as ${username}.\n`)
  }

  /** A client asks its user again after a 401, and says "bad credentials"; it gives up on other codes. */
  function refuse(response: Response, refusal: Refusal): void {
    const isWrong = ANSWERED_401.has(refusal.code)
    if (isWrong) response.set('WWW-Authenticate', challenge('basic', { realm: settings.baseUrl.hostname }))
    sendRefusal(response, isWrong ? refusal.withStatus(401) : refusal)
  }

  const router = Router()
  router.route(VO_LOGIN_PATH).get(logIn).post(express.urlencoded(FORM), logIn)
  return router
}

const ANSWERED_401: ReadonlySet<string> = new Set(['no_authorization', 'invalid_token', 'sign_in_failed'])
const TOKENS_ALONE = 'This login takes access tokens in place of the password, and no other password'
const NO_BROWSERS = 'This login is for programs, and takes no request of a browser'

/** Returns whether a browser sent this: each says so in one of these headers, where a page caused the request. */
function isOfBrowser({ headers }: Request): boolean {
  return [headers.origin, headers['sec-fetch-site'], headers['sec-fetch-mode'], headers.referer].some(
    (each) => each !== undefined,
  )
}

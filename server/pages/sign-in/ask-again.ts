import type { Request, RequestHandler } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { exceededAge, type GuardedAct } from '../../core/access/reauthentication.js'
import { Refusal } from '../../core/access/refusal.js'
import { ownUrl } from '../../core/site/base-path.js'
import type { TokenRecord } from '../../core/token/record.js'
import { csrfToken } from '../../login/browser/csrf.js'
import { keepForm } from '../../login/browser/kept-form.js'
import { issueChallenge } from '../../login/passkeys/challenge.js'
import { offersPasskeys, requestOptions } from '../../login/passkeys/relying-party.js'
import { providerTitles } from '../../settings/providers/titles.js'
import type { Settings } from '../../settings/schema.js'
import { listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { formOf, requireForm, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { allowPendingClient } from '../openid/pending-client.js'
import { layoutOf } from '../shared/layout.js'
import type { PasskeyForm, SignInError } from '../shared/view-models.js'
import type { SignInAgain } from './view-models.js'

export const AGAIN = '/auth/reauthenticate'
/** Shows the kept form once more, to be sent. */
export const RESUME = `${AGAIN}/resume`

/** The act of a form; undefined when it needs no recent sign-in. */
type ActOf = (signedIn: SignedInRequest) => GuardedAct | undefined

/** A form that needs a recent sign-in: as `requireForm`, and after a page that asks the user to sign in again. */
export function requireRecentForm(
  pages: PageServices,
  act: GuardedAct | ActOf,
  handler: (signedIn: SignedInRequest) => Promise<void>,
): RequestHandler {
  return requireForm(pages, async (signedIn) => {
    const wanted = typeof act === 'function' ? act(signedIn) : act
    if (wanted === undefined || !(await askedAgain(pages, signedIn, wanted))) await handler(signedIn)
  })
}

/**
 * Answers a form with the page *Sign in again* if the user's sign-in is too old for an act; false when the act may go on. The
 * form is kept, and nothing of it is done.
 */
export async function askedAgain(pages: PageServices, signedIn: SignedInRequest, act: GuardedAct): Promise<boolean> {
  const { context } = pages
  const { request, response, user } = signedIn
  const { reauthenticateWithin } = context.settings
  if (exceededAge(user.session, act, reauthenticateWithin, context.clock()) === undefined) return false
  const { code, status } = new Refusal('insufficient_user_authentication')
  noteForAudit(response, { code })
  const form = { act, action: request.originalUrl, fields: fieldsOf(request) }
  const kept = await keepForm(context, response, user.session.username, form)
  response.status(status)
  await showSignInAgain(pages, signedIn, { act, rd: kept ? pages.at(RESUME) : '', lost: !kept })
  return true
}

interface Asked {
  /** Where to go afterwards; as it came, to be checked again. */
  readonly rd: string
  readonly act?: GuardedAct
  /** Whether there was a form that could not be kept. */
  readonly lost?: boolean
  readonly error?: SignInError
}

/** Returns the form that takes a passkey in place of the password; undefined for a user without passkeys. */
async function passkeyForm(
  { context }: PageServices,
  { key, username }: TokenRecord,
): Promise<PasskeyForm | undefined> {
  const passkeys = offersPasskeys(context.settings) ? await listPasskeys(context.postgres.prisma, username) : []
  if (passkeys.length === 0) return undefined
  const { value, sealed } = await issueChallenge(context, { ceremony: 'again', csrf: csrfToken(context.keys, key) })
  const options = await requestOptions(context.settings, value, true, passkeys)
  return { challenge: sealed, options: JSON.stringify(options) }
}

/** Shows the page *Sign in again*. The way is that of the session: another would be another user's. */
export async function showSignInAgain(
  pages: PageServices,
  { response, user }: SignedInRequest,
  { act, ...asked }: Asked,
): Promise<void> {
  const { context, render } = pages
  const way = wayOf(context.settings, user.session)
  await allowPendingClient(context, response, asked.rd)
  const passkey = way.is === 'password' ? await passkeyForm(pages, user.session) : undefined
  await render(response, 'sign-in/again', {
    layout: layoutOf(context, user),
    username: user.session.username,
    way,
    lost: false,
    ...asked,
    ...(passkey && { passkey }),
    ...(act && { purpose: act }),
  })
}

function wayOf(settings: Settings, { provider }: TokenRecord): SignInAgain['way'] {
  if (provider === undefined) return settings.localAccounts === 'off' ? { is: 'none' } : { is: 'password' }
  const title = providerTitles(settings).get(provider)
  return title === undefined ? { is: 'none' } : { is: 'provider', title }
}

/** The CSRF token is the old session's. */
function fieldsOf(request: Request): [string, string][] {
  return Object.entries(formOf(request))
    .filter(([name]) => name !== 'csrf')
    .flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, String(each)]))
}

/**
 * Sends a user whose sign-in is too old for passkeys to the page *Sign in again*, and then back to a page; false when it is
 * recent. A form could not be kept: a challenge is of one session.
 */
export function redirectedAgain(pages: PageServices, { response, user }: SignedInRequest, back: string): boolean {
  const { settings, clock } = pages.context
  const age = exceededAge(user.session, 'account.passkey', settings.reauthenticateWithin, clock())
  if (age === undefined) return false
  const rd = ownUrl(settings.baseUrl, back).href
  response.set('Cache-Control', 'no-store').redirect(303, pages.at(`${AGAIN}?rd=${encodeURIComponent(rd)}`))
  return true
}

import type { Request, RequestHandler } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { exceededAge, GUARDED_ACTS, type GuardedAct } from '../../core/access/reauthentication.js'
import { Refusal } from '../../core/access/refusal.js'
import type { TokenRecord } from '../../core/token/record.js'
import { keepForm } from '../../login/browser/kept-form.js'
import type { Settings } from '../../settings/schema.js'
import { formOf, requireForm, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import type { SignInError } from '../shared/view-models.js'
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
  const form = { act, action: pathOf(request), fields: fieldsOf(request) }
  const kept = await keepForm(context, response, user.session.username, form)
  response.status(status)
  await showSignInAgain(pages, signedIn, { act, rd: kept ? RESUME : '', lost: !kept })
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

/** Shows the page *Sign in again*. The way is that of the session: another would be another user's. */
export function showSignInAgain(
  { context, render }: PageServices,
  { response, user }: SignedInRequest,
  { act, ...asked }: Asked,
): Promise<void> {
  return render(response, 'sign-in/again', {
    layout: layoutOf(context, user),
    username: user.session.username,
    way: wayOf(context.settings, user.session),
    lost: false,
    ...asked,
    ...(act && { purpose: GUARDED_ACTS[act] }),
  })
}

function wayOf({ oidcProviders, github, localAccounts }: Settings, { provider }: TokenRecord): SignInAgain['way'] {
  if (provider === undefined) return localAccounts === 'off' ? { is: 'none' } : { is: 'password' }
  const title = provider === 'github' ? github?.title : oidcProviders.find(({ id }) => id === provider)?.title
  return title === undefined ? { is: 'none' } : { is: 'provider', title }
}

/** The path alone: a request may name any host in its first line. */
function pathOf(request: Request): string {
  return request.originalUrl.replace(/^[a-z]+:\/\/[^/?#]*/i, '') || '/'
}

/** The CSRF token is the old session's. */
function fieldsOf(request: Request): [string, string][] {
  return Object.entries(formOf(request))
    .filter(([name]) => name !== 'csrf')
    .flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, String(each)]))
}

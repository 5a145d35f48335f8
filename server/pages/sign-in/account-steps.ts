import { Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { accountAt, accountObject, signInDetails } from '../../core/audit/event.js'
import { type NextStep, nextStep } from '../../core/people/sign-in-steps.js'
import { Secret } from '../../core/token/secret.js'
import { openStep, type SignInStep } from '../../login/browser/sign-in-step.js'
import { changePassword } from '../../login/change-password.js'
import { formTokenMatches } from '../../login/form-csrf.js'
import { offersPasskeys } from '../../login/passkeys/relying-party.js'
import { usePasskey } from '../../login/passkeys/use-passkey.js'
import { openAccountSession, refuseAccountSession } from '../../login/password.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { hasPasskey } from '../../storage/postgres/identity/passkeys.js'
import { fieldOf } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { askNewPassword, askPasskey, type Exchange, passkeyFormOf } from './ask-step.js'
import { completeSignIn, originOf } from './complete.js'

export interface AccountSteps {
  readonly routes: Router
  /** Goes on with a user whose password was right: asks for what is still missing, or opens the session. */
  readonly proceed: (exchange: Exchange, step: SignInStep) => Promise<void>
}

/** The parts of the sign-in page that its further steps need. */
interface SignInForm {
  readonly destination: (rd: string) => URL | undefined
  readonly refuse: (exchange: Exchange, refusal: Refusal, rd: string) => Promise<void>
}

/** The steps of a sign-in with a local account after its password, and the sign-in with a passkey alone. */
export function accountSteps(pages: PageServices, { destination, refuse }: SignInForm): AccountSteps {
  const { context } = pages
  const { prisma } = context.postgres

  async function nextOf({ account, isPasskeyProven }: SignInStep): Promise<NextStep | undefined> {
    const { username, mustChangePassword } = account
    const present = {
      hasPasskey: await hasPasskey(prisma, username),
      ...(mustChangePassword && { mustChangePassword }),
    }
    return nextStep(present, isPasskeyProven)
  }

  async function proceed(exchange: Exchange, step: SignInStep): Promise<void> {
    const next = await nextOf(step)
    if (next === undefined) return finish(exchange, step)
    const refusal = await refuseAccountSession(context, step.account, originOf(context, exchange.request))
    if (refusal) return refuse(exchange, refusal, step.rd)
    return next === 'passkey' ? askPasskey(pages, exchange, step) : askNewPassword(pages, exchange, step)
  }

  async function finish(exchange: Exchange, step: SignInStep): Promise<void> {
    const { request, response } = exchange
    const { account, rd } = step
    const { username } = account
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const token = await openAccountSession(context, step, originOf(context, request))
    if (token instanceof Refusal) return refuse(exchange, token, rd)
    context.counters.signIns.add('local', 'signed_in')
    await completeSignIn(pages, { request, response, username, token, target })
  }

  /** Opens the step of a form that was sent, if it is the one that comes next. */
  async function openNext({ request, response }: Exchange, wanted: NextStep): Promise<SignInStep | undefined> {
    const object = accountAt(fieldOf(request, 'username'))
    noteForAudit(response, { action: 'sign-in', object, details: signInDetails(undefined) })
    const csrf = fieldOf(request, 'csrf')
    if (!(await formTokenMatches(context, request, csrf))) return undefined
    const step = await openStep(context, fieldOf(request, 'step'), csrf)
    if (!step || (await nextOf(step)) !== wanted) return undefined
    noteForAudit(response, { object: accountObject(step.account.username) })
    return step
  }

  async function takeNewPassword(exchange: Exchange): Promise<void> {
    const { request } = exchange
    const step = await openNext(exchange, 'new-password')
    if (!step) return refuse(exchange, new Refusal('sign_in_lost'), '')
    const { username } = step.account
    const actor = actorOf(request, 'sign-in', username)
    const changed = await changePassword(context, username, { password: new Secret(fieldOf(request, 'new')) }, actor)
    if (changed instanceof Refusal) return askNewPassword(pages, exchange, step, changed)
    const account = await findAccount(prisma, username)
    if (!account) return refuse(exchange, new Refusal('sign_in_failed'), step.rd)
    await proceed(exchange, { ...step, account })
  }

  async function takePasskey(exchange: Exchange): Promise<void> {
    const step = await openNext(exchange, 'passkey')
    if (!step) return refuse(exchange, new Refusal('sign_in_lost'), '')
    const { username } = step.account
    const form = { ...passkeyFormOf(exchange.request), ceremony: 'second-factor' as const, username }
    const account = await usePasskey(context, form, actorOf(exchange.request, 'sign-in'))
    if (account instanceof Refusal) return askPasskey(pages, exchange, step, account)
    await proceed(exchange, { ...step, account, isPasskeyProven: true })
  }

  /** Signs in with a passkey alone: the authenticator names the user, and asks for a PIN or a finger. */
  async function signInWithPasskey(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    noteForAudit(response, { action: 'sign-in', object: accountAt(''), details: signInDetails(undefined) })
    const rd = fieldOf(request, 'rd')
    if (!offersPasskeys(context.settings)) return showRefusal(pages, response, new Refusal('not_found'))
    if (!(await formTokenMatches(context, request, fieldOf(request, 'csrf')))) {
      return refuse(exchange, new Refusal('sign_in_lost'), rd)
    }
    const form = { ...passkeyFormOf(request), ceremony: 'sign-in' as const }
    const account = await usePasskey(context, form, actorOf(request, 'sign-in'))
    if (account instanceof Refusal) return refuse(exchange, account, rd)
    noteForAudit(response, { object: accountObject(account.username) })
    await proceed(exchange, { account, isPasskeyProven: true, rd })
  }

  const routes = Router()
  routes.post('/login/new-password', (request, response) => takeNewPassword({ request, response }))
  routes.post('/login/passkey', (request, response) => takePasskey({ request, response }))
  routes.post('/login/passkey/alone', (request, response) => signInWithPasskey({ request, response }))
  return { routes, proceed }
}

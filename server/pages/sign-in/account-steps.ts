import { type Request, type Response, Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { type AuditObject, accountObject, signInDetails } from '../../core/audit/event.js'
import { isUsername } from '../../core/people/identifiers.js'
import { Secret } from '../../core/token/secret.js'
import { openStep, type SignInStep, sealStep } from '../../login/browser/sign-in-step.js'
import { changePassword } from '../../login/change-password.js'
import { formTokenMatches, issueFormToken } from '../../login/form-csrf.js'
import { openAccountSession, refuseAccountSession } from '../../login/password.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { fieldOf } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { completeSignIn, originOf } from './complete.js'

export interface Exchange {
  readonly request: Request
  readonly response: Response
}

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

/** The steps of a sign-in with a local account after its password. */
export function accountSteps(pages: PageServices, { destination, refuse }: SignInForm): AccountSteps {
  const { context, render } = pages

  async function proceed(exchange: Exchange, step: SignInStep): Promise<void> {
    const { account, rd } = step
    if (!account.mustChangePassword) return finish(exchange, step)
    const refusal = await refuseAccountSession(context, account, originOf(context, exchange.request))
    if (refusal) return refuse(exchange, refusal, rd)
    return askNewPassword(exchange, step, new Refusal('password_change_required'))
  }

  async function finish(exchange: Exchange, { account, rd }: SignInStep): Promise<void> {
    const { request, response } = exchange
    const { username } = account
    const target = destination(rd)
    if (!target) return showRefusal(pages, response, new Refusal('invalid_return_url'))
    const token = await openAccountSession(context, account, originOf(context, request))
    if (token instanceof Refusal) return refuse(exchange, token, rd)
    context.counters.signIns.add('local', 'signed_in')
    await completeSignIn(pages, { request, response, username, token, target })
  }

  /** Attack: a printed password lies in a terminal's scroll-back, or in a letter. It opens no session. */
  async function askNewPassword({ request, response }: Exchange, step: SignInStep, why: Refusal): Promise<void> {
    context.counters.signIns.add('local', why.code)
    noteForAudit(response, { code: why.code })
    const csrf = await issueFormToken(context, request, response)
    const isFirst = why.code === 'password_change_required'
    await render(response.status(why.status), 'sign-in/new-password', {
      layout: { ...layoutOf(context), csrf },
      username: step.account.username,
      step: await sealStep(context, step, csrf),
      ...(!isFirst && { error: { message: why.message, remedy: why.remedy } }),
    })
  }

  async function takeNewPassword(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    const object = accountAt(fieldOf(request, 'username'))
    noteForAudit(response, { action: 'sign-in', object, details: signInDetails(undefined) })
    const csrf = fieldOf(request, 'csrf')
    const isOurs = await formTokenMatches(context, request, csrf)
    const step = isOurs ? await openStep(context, fieldOf(request, 'step'), csrf) : undefined
    if (!step) return refuse(exchange, new Refusal('sign_in_lost'), '')
    const { username } = step.account
    noteForAudit(response, { object: accountObject(username) })
    const actor = actorOf(request, 'sign-in', username)
    const changed = await changePassword(context, username, { password: new Secret(fieldOf(request, 'new')) }, actor)
    if (changed instanceof Refusal) return askNewPassword(exchange, step, changed)
    const account = await findAccount(context.postgres.prisma, username)
    if (!account) return refuse(exchange, new Refusal('sign_in_failed'), step.rd)
    await finish(exchange, { account, rd: step.rd })
  }

  const routes = Router()
  routes.post('/login/new-password', (request, response) => takeNewPassword({ request, response }))
  return { routes, proceed }
}

/**
 * Names the account of a sign-in for the audit trail, and not for the answer.
 *
 * Attack: users type their password in place of the name; a text that can be no name is not recorded.
 */
export function accountAt(username: string): AuditObject {
  return isUsername(username) ? accountObject(username) : { type: 'account', id: '(no user name)' }
}

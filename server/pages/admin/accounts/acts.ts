import { type Request, type Response, Router } from 'express'
import type { GuardedAct } from '../../../core/access/reauthentication.js'
import { Refusal } from '../../../core/access/refusal.js'
import { isAdmitted } from '../../../core/token/scope.js'
import { disableAccount, enableAccount } from '../../../login/account-status.js'
import { changePassword } from '../../../login/change-password.js'
import { removePasskeys } from '../../../login/passkeys/remove-passkey.js'
import { generatePassword } from '../../../people/generate-password.js'
import { findAccount } from '../../../storage/postgres/accounts.js'
import { endSessions } from '../../../tokens/revoke.js'
import { requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { requireRecentForm } from '../../sign-in/ask-again.js'
import { usernameIn } from '../user.js'
import { ACCOUNT_ACTS, type AccountAct, possibleActs } from './possible.js'

/** Serves the acts on one account, each after a question. They are those of `postern account`. */
export function adminAccountActPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  /**
   * Finds the act that a request asks for, if it may be done. Administrators change their own account on its own page:
   * one who disabled it could not enable it again.
   */
  async function actIn(request: Request, user: SignedInUser) {
    const username = usernameIn(request)
    const act = ACCOUNT_ACTS.find((each) => each === request.params.act)
    if (username === undefined || act === undefined || username === user.session.username) return undefined
    return (await possibleActs(context, username)).includes(act) ? { username, act } : undefined
  }

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const asked = await actIn(request, user)
    if (!asked) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await render(response, 'people/act', { layout: layoutOf(context, user), ...asked })
  }

  async function change({ request, response, user }: SignedInRequest): Promise<void> {
    const asked = await actIn(request, user)
    if (!asked) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const { username, act } = asked
    if (act === 'reset-password') return reset(response, user, username)
    const done = await perform(act, username, user)
    if (done instanceof Refusal) return showRefusal(pages, response, done, { user })
    response.redirect(303, at(`/auth/admin/users/${username}?done=${act}`))
  }

  async function perform(act: Exclude<AccountAct, 'reset-password'>, username: string, { actor }: SignedInUser) {
    if (act === 'disable') return disableAccount(context, username, actor)
    if (act === 'enable') return enableAccount(context, username, actor)
    if (act === 'remove-passkeys') return removePasskeys(context, { username }, actor)
    return endSessions(context, username, actor)
  }

  /** Answers with the generated password, this one time. */
  async function reset(response: Response, user: SignedInUser, username: string): Promise<void> {
    const password = generatePassword(context.random)
    const changed = await changePassword(context, username, { password, mustChange: true }, user.actor)
    if (changed instanceof Refusal) return showRefusal(pages, response, changed, { user })
    const groups = (await findAccount(prisma, username))?.groups ?? []
    await render(response, 'people/password', {
      layout: layoutOf(context, user),
      username,
      password: password.reveal(),
      isNew: false,
      admitted: isAdmitted(
        groups.map(({ name }) => name),
        context.settings.groupMapping,
      ),
    })
  }

  const router = Router()
  router
    .route('/users/:username/account/:act')
    .get(requireSignIn(pages, ask))
    .post(requireRecentForm(pages, guardOf, change))
  return router
}

function guardOf({ request }: SignedInRequest): GuardedAct {
  return request.params.act === 'sign-out' ? 'token.revoke-for-others' : 'account.change'
}

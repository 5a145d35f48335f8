import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { Secret } from '../../core/token/secret.js'
import { changePassword } from '../../login/change-password.js'
import { LoginThrottle } from '../../login/login-throttle.js'
import { passwordMatches } from '../../people/password.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

/** Changing one's own password, for users with a local account. */
export function passwordPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const throttle = new LoginThrottle(context.redis)

  async function ask({ response, user }: SignedInRequest, error?: Refusal): Promise<void> {
    const { username } = user.session
    if (!(await findAccount(context.postgres.prisma, username))) {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    await render(response.status(error?.status ?? 200), 'account/password', {
      layout: layoutOf(context, user),
      username,
      ...(error && { error: refusalText(error, wordsOf(response)) }),
    })
  }

  /**
   * Attack: a session that was left open, or stolen, would take the account over. The old password is asked, and guesses at
   * it are throttled like those at the sign-in page.
   */
  async function change(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const { username } = user.session
    const attempt = { username, address: request.ip ?? 'unknown' }
    if ((await throttle.count(attempt)) !== undefined) return ask(signedIn, new Refusal('sign_in_slowed'))
    const account = await findAccount(context.postgres.prisma, username)
    if (!(await passwordMatches(new Secret(fieldOf(request, 'old')), account?.passwordHash))) {
      return ask(signedIn, new Refusal('sign_in_failed'))
    }
    await throttle.reset(attempt)
    const changed = await changePassword(
      context,
      username,
      { password: new Secret(fieldOf(request, 'new')) },
      user.actor,
    )
    if (changed instanceof Refusal) return ask(signedIn, changed)
    response.redirect(303, at('/auth/account'))
  }

  const router = Router()
  router
    .route('/auth/password')
    .get(requireSignIn(pages, (signedIn) => ask(signedIn)))
    .post(requireForm(pages, change))
  return router
}

import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { csrfToken } from '../../login/browser/csrf.js'
import { addPasskey } from '../../login/passkeys/add-passkey.js'
import { issueChallenge } from '../../login/passkeys/challenge.js'
import { creationOptions, offersPasskeys } from '../../login/passkeys/relying-party.js'
import { removePasskeys } from '../../login/passkeys/remove-passkey.js'
import { type Account, findAccount } from '../../storage/postgres/accounts.js'
import { findPasskey, listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import { redirectedAgain, requireRecentForm } from '../sign-in/ask-again.js'
import { passkeyFormOf } from '../sign-in/ask-step.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

const ACCOUNT = '/auth/account#passkeys'
const NEW = '/auth/passkeys/new'

/** Adding and removing one's own passkeys, for users with a local account. */
export function passkeyPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  /** The account of the user; undefined, and answered, where it can have no passkeys. */
  async function accountOf({ response, user }: SignedInRequest): Promise<Account | undefined> {
    const account = offersPasskeys(context.settings) ? await findAccount(prisma, user.session.username) : undefined
    if (!account) await showRefusal(pages, response, new Refusal('not_found'), { user })
    return account
  }

  async function ask(signedIn: SignedInRequest, error?: Refusal): Promise<void> {
    const { request, response, user } = signedIn
    const account = await accountOf(signedIn)
    if (!account || redirectedAgain(pages, signedIn, NEW)) return
    const csrf = csrfToken(context.keys, user.session.key)
    const { value, sealed } = await issueChallenge(context, { ceremony: 'add', csrf })
    const present = await listPasskeys(prisma, account.username)
    const options = await creationOptions(context.settings, account, present, value)
    if (error) response.status(error.status)
    await render(response, 'account/passkey-new', {
      layout: layoutOf(context, user),
      name: fieldOf(request, 'name').slice(0, 64),
      form: { challenge: sealed, options: JSON.stringify(options) },
      ...(error && { error: refusalText(error, wordsOf(response)) }),
    })
  }

  async function add(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    if (!(await accountOf(signedIn)) || redirectedAgain(pages, signedIn, NEW)) return
    const form = { ...passkeyFormOf(request), name: fieldOf(request, 'name') }
    const added = await addPasskey(context, form, user.actor)
    if (added instanceof Refusal) return ask(signedIn, added)
    response.redirect(303, at(ACCOUNT))
  }

  async function askRemoval({ request, response, user }: SignedInRequest): Promise<void> {
    const passkey = await findPasskey(prisma, idOf(request.params))
    if (passkey?.username !== user.session.username) {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    const isLast = (await listPasskeys(prisma, passkey.username)).length === 1
    await render(response, 'account/passkey-remove', { layout: layoutOf(context, user), passkey, isLast })
  }

  async function remove({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const removed = await removePasskeys(context, { username, id: idOf(request.params) }, user.actor)
    if (removed instanceof Refusal) return showRefusal(pages, response, removed, { user })
    response.redirect(303, at(ACCOUNT))
  }

  const router = Router()
  router.get(
    NEW,
    requireSignIn(pages, (signedIn) => ask(signedIn)),
  )
  router.post('/auth/passkeys', requireForm(pages, add))
  router
    .route('/auth/passkeys/:id/remove')
    .get(requireSignIn(pages, askRemoval))
    .post(requireRecentForm(pages, 'account.passkey', remove))
  return router
}

function idOf({ id }: SignedInRequest['request']['params']): string {
  return typeof id === 'string' ? id : ''
}

import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { withdrawConsent } from '../../openid/consents.js'
import { listConsents } from '../../storage/postgres/openid/consents.js'
import { requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { shownConsent } from './learns.js'

const ACCOUNT = '/auth/account#services'

/** Withdrawing what one has agreed that a client learns. */
export function consentPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const consents = await listConsents(context.postgres.prisma, user.session.username)
    const consent = consents.find(({ clientId }) => clientId === request.params.id)
    if (!consent) return showRefusal(pages, response, new Refusal('client_unknown'), { user })
    await render(response, 'openid/consent-withdraw', {
      layout: layoutOf(context, user),
      consent: shownConsent(consent, wordsOf(response)),
    })
  }

  async function withdraw({ request, response, user }: SignedInRequest): Promise<void> {
    const pair = { username: user.session.username, clientId: String(request.params.id) }
    const refused = await withdrawConsent(context, pair, user.actor)
    if (refused) return showRefusal(pages, response, refused, { user })
    response.redirect(303, at(ACCOUNT))
  }

  const router = Router()
  router.route('/auth/services/:id/withdraw').get(requireSignIn(pages, ask)).post(requireForm(pages, withdraw))
  return router
}

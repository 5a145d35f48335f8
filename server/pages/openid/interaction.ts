import { Router } from 'express'
import type { Interaction, Provider } from 'oidc-provider'
import { Refusal } from '../../core/access/refusal.js'
import { missingRight, OFFLINE_ACCESS, type OpenIdClient } from '../../core/openid/client.js'
import { giveConsent } from '../../openid/consents.js'
import { INTERACTION } from '../../openid/endpoints.js'
import { ACCESS, CONSENT } from '../../openid/policy.js'
import { findClient } from '../../storage/postgres/openid/clients.js'
import { ENGLISH } from '../../words/words.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { learnsBy } from './learns.js'
import { neededFor } from './needed.js'
import { allowFormsTo } from './pending-client.js'

/** A question of the OpenID Connect server to a user, before they get to a client. */
interface Question {
  readonly interaction: Interaction
  readonly client: OpenIdClient
}

/** Asks users what a client may learn, and tells them that a client is not for them. */
export function interactionPages(pages: PageServices, provider: () => Promise<Provider>): Router {
  const { context, render, at } = pages

  /**
   * Finds the question of a browser; the library keeps the identifier in a cookie.
   *
   * Attack: at a browser of several users, the form that one left open is sent in the session of the next, who would have agreed to
   * what another was asked.
   */
  async function questionOf({ request, response, user }: SignedInRequest): Promise<Question | undefined> {
    const interaction = await (await provider()).interactionDetails(request, response).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'SessionNotFound') return undefined
      throw error
    })
    if (interaction === undefined || interaction.uid !== request.params.uid) return undefined
    if (interaction.session?.uid !== user.session.key) return undefined
    const client = await findClient(context.postgres.prisma, String(interaction.params.client_id))
    return client && { interaction, client }
  }

  async function ask(signedIn: SignedInRequest): Promise<void> {
    const { response, user } = signedIn
    const question = await questionOf(signedIn)
    if (!question) return showRefusal(pages, response, new Refusal('sign_in_lost'), { user })
    const { interaction, client } = question
    const target = new URL(String(interaction.params.redirect_uri))
    allowFormsTo(response, target)
    const shown = {
      layout: layoutOf(context, user),
      action: at(`${INTERACTION}/${interaction.uid}`),
      client: client.description,
    }
    if (interaction.prompt.name === ACCESS) {
      const missing = missingRight(client, user.session)
      const needs = neededFor(client, missing, wordsOf(response))
      return render(response.status(403), 'openid/no-access', { ...shown, needs })
    }
    if (interaction.prompt.name !== CONSENT) {
      // The client names another user than the one who is signed in.
      const words = wordsOf(response)
      const what = words.text('openid.otherUser.what', { client: client.description, username: user.session.username })
      const remedy = words.text('openid.otherUser.remedy')
      return showRefusal(pages, response, new Refusal('client_not_allowed'), { user, what, remedy })
    }
    const scopes = scopesOf(interaction)
    const learns = learnsBy(scopes, wordsOf(response))
    const isLasting = scopes.includes(OFFLINE_ACCESS)
    const isRemembered = !client.isPublic
    await render(response, 'openid/consent', { ...shown, host: target.host, learns, isLasting, isRemembered })
  }

  async function answer(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const question = await questionOf(signedIn)
    if (!question) return showRefusal(pages, response, new Refusal('sign_in_lost'), { user })
    const { interaction, client } = question
    const server = await provider()
    const isAllowed = interaction.prompt.name === CONSENT && fieldOf(request, 'answer') === 'allow'
    if (!isAllowed) {
      const missing = missingRight(client, user.session)
      const error_description = missing === undefined ? 'The user did not agree' : neededFor(client, missing, ENGLISH)
      return server.interactionFinished(request, response, { error: 'access_denied', error_description })
    }
    const grant = new server.Grant({ accountId: user.session.username, clientId: client.id })
    const scopes = scopesOf(interaction)
    grant.addOIDCScope(scopes)
    await giveConsent(context, { username: user.session.username, client }, scopes, user.actor)
    await server.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }

  return Router()
    .get(`${INTERACTION}/:uid`, requireSignIn(pages, ask))
    .post(`${INTERACTION}/:uid`, requireForm(pages, answer))
}

function scopesOf({ params }: Interaction): string[] {
  return String(params.scope ?? '')
    .split(' ')
    .filter(Boolean)
}

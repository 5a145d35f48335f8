import { type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { cleanTokenName, isTokenName } from '../../core/people/token-name.js'
import { hasTokenNamed } from '../../storage/postgres/tokens.js'
import {
  actOfRequest,
  createUserToken,
  type TokenRequest,
  validateTokenRequest,
} from '../../tokens/create-user-token.js'
import { fieldOf, formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { askedAgain } from '../sign-in/ask-again.js'
import { newToken } from './created.js'
import { fieldErrors } from './form/mistakes.js'
import { offersOf, takenNames } from './form/model.js'
import { prefill, templatesFor } from './form/prefill.js'
import { findTwin } from './form/twin.js'
import type { Suggestion, TokenFormValues } from './form/view-models.js'
import { formValues, offeredFor, readTokenForm } from './form.js'

/** The mistakes in a form that was sent, or where its first values come from. */
interface FormState {
  readonly errors?: readonly FieldError[]
  readonly asksAnyway?: boolean
  readonly suggestion?: Suggestion | undefined
  readonly template?: string | undefined
}

/** Creating a token: the form, and the one page that ever shows it. */
export function tokenCreatePages(pages: PageServices): Router {
  const { context, render } = pages
  const { prisma } = context.postgres

  async function showForm(response: Response, user: SignedInUser, values: TokenFormValues, more: FormState = {}) {
    const { scopes, username } = user.session
    const { errors = [], asksAnyway = false, suggestion, template } = more
    await render(response, 'tokens/create', {
      layout: layoutOf(context, user),
      values,
      ...offersOf(context, 'user', scopes, wordsOf(response)),
      taken: await takenNames(context, username),
      templates: templatesFor(context.settings, scopes, template),
      errors,
      asksAnyway,
      ...(suggestion && { suggestion }),
    })
  }

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const { scopes, username } = user.session
    const twin = await findTwin(context, username, request.query.from)
    const holder = { scopes, taken: await takenNames(context, username) }
    const { values, ...from } = prefill(request.query, holder, context.settings, twin)
    await showForm(response, user, values, from)
  }

  /** Finds every reason to refuse a request that can be found before the token is made. */
  async function refusalsOf({ session }: SignedInUser, wish: TokenRequest): Promise<Refusal[]> {
    const refusals = validateTokenRequest(context, session, wish)
    const name = cleanTokenName(wish.name)
    const isTaken = isTokenName(name) && (await hasTokenNamed(prisma, session.username, name, context.clock()))
    return isTaken ? [...refusals, new Refusal('duplicate_token_name').worded('named', { name })] : refusals
  }

  /** The answer to the form is the page with the token: a redirect would need an address at which it could be seen again. */
  async function create(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const values = formValues(formOf(request), wordsOf(response).reader.timeZone)
    const now = context.clock()
    const { wish, mistakes } = readTokenForm(values, offeredFor(context.settings, 'user', now))
    const refusals = await refusalsOf(user, wish)
    if (mistakes.length + refusals.length > 0) {
      const isTaken = refusals.length === 1 && mistakes.length === 0 && refusals[0]?.code === 'duplicate_token_name'
      response.status(isTaken ? 409 : 422)
      return showForm(response, user, values, { errors: fieldErrors(mistakes, refusals, values, wordsOf(response)) })
    }
    if (wish.scopes.length === 0 && fieldOf(request, 'anyway') !== 'yes') {
      return showForm(response.status(422), user, values, { asksAnyway: true })
    }
    if (await askedAgain(pages, signedIn, actOfRequest(context, wish.scopes, wish.expires))) return
    const created = await createUserToken(context, user.session, wish, user.actor)
    if (created instanceof Refusal) {
      const errors = fieldErrors([], [created], values, wordsOf(response))
      return showForm(response.status(created.status), user, values, { errors })
    }
    await render(response.status(201), 'tokens/created', {
      layout: layoutOf(context, user),
      ...newToken(context.settings, created, wordsOf(response)),
    })
  }

  const router = Router()
  router.get('/auth/tokens/new', requireSignIn(pages, ask))
  router.post('/auth/tokens', requireForm(pages, create))
  return router
}

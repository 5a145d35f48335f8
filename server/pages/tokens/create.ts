import { type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { actOfRequest, createUserToken, validateTokenRequest } from '../../tokens/create-user-token.js'
import { formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { askedAgain } from '../sign-in/ask-again.js'
import { newToken } from './created.js'
import { describeScopes, formValues, idleWords, inForm, offeredFor, readTokenRequest, suggested } from './form.js'
import type { Suggestion, TokenFormValues } from './view-models.js'

/** The mistakes in a form that was sent, or the program whose link filled it in. */
interface FormState {
  readonly errors?: readonly FieldError[]
  readonly suggestion?: Suggestion
}

/** Creating a token: the form, and the one page that ever shows it. */
export function tokenCreatePages(pages: PageServices): Router {
  const { context, render } = pages

  function showForm(response: Response, user: SignedInUser, values: TokenFormValues, more: FormState = {}) {
    return render(response, 'tokens/create', {
      layout: layoutOf(context, user),
      values,
      scopes: describeScopes(context.settings, user.session.scopes),
      ...idleWords(context.settings, 'user', wordsOf(response)),
      expiryChoices: offeredFor(context.settings, 'user', context.clock()),
      errors: more.errors ?? [],
      ...(more.suggestion && { suggestion: more.suggestion }),
    })
  }

  function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const { values, missing } = suggested(request.query, user.session.scopes, context.settings)
    const isLink = values.name !== '' || values.scopes.length > 0 || missing.length > 0
    const by = values.name || 'The link that you followed'
    return showForm(response, user, values, isLink ? { suggestion: { by, missing } } : {})
  }

  /** The answer to the form is the page with the token: a redirect would need an address at which it could be seen again. */
  async function create(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const values = formValues(formOf(request))
    const wish = readTokenRequest(values, offeredFor(context.settings, 'user', context.clock()))
    const refusals = wish instanceof Refusal ? [wish] : validateTokenRequest(context, user.session, wish)
    if (wish instanceof Refusal || refusals.length > 0) {
      const errors = refusals.map((each) => inForm(each, values, wordsOf(response)))
      return showForm(response.status(422), user, values, { errors })
    }
    if (await askedAgain(pages, signedIn, actOfRequest(context, wish.scopes, wish.expires))) return
    const created = await createUserToken(context, user.session, wish, user.actor)
    if (created instanceof Refusal) {
      return showForm(response.status(created.status), user, values, {
        errors: [inForm(created, values, wordsOf(response))],
      })
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

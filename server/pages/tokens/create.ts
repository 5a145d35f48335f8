import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { formatToken } from '../../core/token/token.js'
import { checkTokenRequest, createUserToken } from '../../tokens/create-user-token.js'
import { formOf, requireForm, requireSignIn } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import type { FieldError, Suggestion, TokenFormValues } from '../shared/view-models.js'
import { describeScopes, formValues, idleWords, inForm, offeredFor, readTokenRequest, suggested } from './form.js'
import { recipes } from './recipes.js'

/** What else a form shows: mistakes in what was sent, or the program whose link filled it in. */
interface FormState {
  readonly errors?: readonly FieldError[]
  readonly suggestion?: Suggestion
}

/** Creating a token: the form, and the one page that ever shows it. */
export function tokenCreatePages(pages: PageServices): Router {
  const { context, render } = pages

  function showForm(response: Response, person: SignedInUser, values: TokenFormValues, more: FormState = {}) {
    return render(response, 'tokens/create', {
      frame: layoutOf(context, person),
      values,
      scopes: describeScopes(context.settings, person.session.scopes),
      ...idleWords(context.settings, 'user'),
      expiryChoices: offeredFor(context.settings, 'user', context.clock()),
      errors: more.errors ?? [],
      ...(more.suggestion && { suggestion: more.suggestion }),
    })
  }

  function ask(request: Request, response: Response, person: SignedInUser): Promise<void> {
    const { values, missing } = suggested(request.query, person.session.scopes, context.settings)
    const isLink = values.name !== '' || values.scopes.length > 0 || missing.length > 0
    const by = values.name || 'The link that you followed'
    return showForm(response, person, values, isLink ? { suggestion: { by, missing } } : {})
  }

  /** The answer to the form is the page with the token: a redirect would need an address at which it could be seen again. */
  async function create(request: Request, response: Response, person: SignedInUser): Promise<void> {
    const values = formValues(formOf(request))
    const wish = readTokenRequest(values, offeredFor(context.settings, 'user', context.clock()))
    if ('field' in wish) return showForm(response.status(422), person, values, { errors: [wish] })
    const wrong = checkTokenRequest(context, person.session, wish)
    if (wrong.length > 0) {
      const errors = wrong.map((each) => inForm(each, values))
      return showForm(response.status(422), person, values, { errors })
    }
    const created = await createUserToken(context, person.session, wish, person.actor)
    if (created instanceof Refusal) {
      return showForm(response.status(created.status), person, values, { errors: [inForm(created, values)] })
    }
    const token = formatToken(created.token)
    const { site, baseUrl } = context.settings
    await render(response.status(201), 'tokens/created', {
      frame: layoutOf(context, person),
      name: wish.name,
      scopes: created.record.scopes,
      token,
      recipes: recipes({ token, realm: baseUrl.hostname, tapUrl: (site.tapUrl ?? new URL('/tap', baseUrl)).href }),
      ...(wish.expires !== undefined && { expires: wish.expires }),
    })
  }

  const router = Router()
  router.get('/auth/tokens/new', requireSignIn(pages, ask))
  router.post('/auth/tokens', requireForm(pages, create))
  return router
}

import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { editUserToken, ownerEdit } from '../../tokens/edit.js'
import { formOf, requireForm, requireSignIn } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { soonerChoices } from '../shared/format/expiry.js'
import { layoutOf } from '../shared/layout.js'
import type { FieldError, TokenFormValues } from '../shared/view-models.js'
import { describeScopes, formValues, inForm, readTokenRequest, valuesOf } from './form.js'
import { keyOf } from './list-and-details.js'

/** Editing a token: another name, fewer scopes, a sooner end. */
export function tokenEditPages(pages: PageServices): Router {
  const { context, render } = pages

  async function find(request: Request, person: SignedInUser): Promise<TokenRecord | undefined> {
    const key = keyOf(request)
    const token = key && (await getUserToken(context.postgres.prisma, person.session.username, key))
    return token && !hasExpired(token.expires, context.clock()) ? token : undefined
  }

  function showForm(
    response: Response,
    person: SignedInUser,
    token: TokenRecord,
    values: TokenFormValues,
    errors: readonly FieldError[] = [],
  ): Promise<void> {
    return render(response, 'tokens/edit', {
      frame: layoutOf(context, person),
      token,
      values,
      scopes: describeScopes(context.settings, token.scopes),
      expiryChoices: soonerChoices(token.expires, context.clock(), context.settings.tokenPolicy),
      errors,
    })
  }

  async function ask(request: Request, response: Response, person: SignedInUser): Promise<void> {
    const token = await find(request, person)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    await showForm(response, person, token, valuesOf(token))
  }

  async function edit(request: Request, response: Response, person: SignedInUser): Promise<void> {
    const token = await find(request, person)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    const values = formValues(formOf(request))
    const wish = readTokenRequest(values, soonerChoices(token.expires, context.clock(), context.settings.tokenPolicy))
    if ('field' in wish) return showForm(response.status(422), person, token, values, [wish])
    const edit = { become: () => wish, rule: ownerEdit }
    const outcome = await editUserToken(context, token.username, token.key, edit, person.actor)
    const wrong = 'wrong' in outcome ? outcome.wrong : []
    const [first] = wrong
    if (!first) return response.redirect(303, `/auth/tokens/${token.key}`)
    if (first.code === 'not_found') return showRefusal(pages, response, first, { person })
    const errors = wrong.map((each) => inForm(each, values))
    await showForm(response.status(first.status), person, token, values, errors)
  }

  const router = Router()
  router.route('/auth/tokens/:key/edit').get(requireSignIn(pages, ask)).post(requireForm(pages, edit))
  return router
}

import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { editUserToken, ownerEdit } from '../../tokens/edit.js'
import { forForm, formOf, forPerson } from '../account/require-sign-in.js'
import type { Pages, Person } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { soonerChoices } from '../shared/format/expiry.js'
import { frameOf } from '../shared/layout.js'
import type { FieldError, TokenFormValues } from '../shared/view-models.js'
import { describeScopes, formValues, inForm, readWish, valuesOf } from './form.js'
import { keyOf } from './list-and-details.js'

/** Editing a token: another name, fewer scopes, a sooner end. */
export function tokenEditPages(pages: Pages): Router {
  const { context, render } = pages

  async function find(request: Request, person: Person): Promise<TokenRecord | undefined> {
    const key = keyOf(request)
    const token = key && (await getUserToken(context.postgres.prisma, person.session.username, key))
    return token && !hasExpired(token.expires, context.clock()) ? token : undefined
  }

  function showForm(
    response: Response,
    person: Person,
    token: TokenRecord,
    values: TokenFormValues,
    errors: readonly FieldError[] = [],
  ): Promise<void> {
    return render(response, 'token-edit', {
      frame: frameOf(context, person),
      token,
      values,
      scopes: describeScopes(context.settings, token.scopes),
      expiryChoices: soonerChoices(token.expires, context.clock(), context.settings.tokenPolicy),
      errors,
    })
  }

  async function ask(request: Request, response: Response, person: Person): Promise<void> {
    const token = await find(request, person)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    await showForm(response, person, token, valuesOf(token))
  }

  async function edit(request: Request, response: Response, person: Person): Promise<void> {
    const token = await find(request, person)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    const values = formValues(formOf(request))
    const wish = readWish(values, soonerChoices(token.expires, context.clock(), context.settings.tokenPolicy))
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
  router.route('/auth/tokens/:key/edit').get(forPerson(pages, ask)).post(forForm(pages, edit))
  return router
}

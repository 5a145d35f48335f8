import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { editUserToken, ownerEdit } from '../../tokens/edit.js'
import { formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { soonerChoices } from '../shared/format/expiry.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { fieldErrors } from './form/mistakes.js'
import { tomorrowWithin } from './form/model.js'
import type { TokenFormValues } from './form/view-models.js'
import { describeScopes, formValues, readTokenForm, valuesOf } from './form.js'
import { keyOf } from './key-of.js'

interface EditForm {
  readonly token: TokenRecord
  readonly values: TokenFormValues
  readonly errors?: readonly FieldError[]
}

/** Editing a token: another name, fewer scopes, a sooner end. */
export function tokenEditPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function find(request: Request, user: SignedInUser): Promise<TokenRecord | undefined> {
    const key = keyOf(request)
    const token = key && (await getUserToken(context.postgres.prisma, user.session.username, key))
    return token && !hasExpired(token.expires, context.clock()) ? token : undefined
  }

  function showForm(response: Response, user: SignedInUser, { token, values, errors = [] }: EditForm): Promise<void> {
    const now = context.clock()
    const choices = soonerChoices(token.expires, now, context.settings.tokenPolicy)
    return render(response, 'tokens/edit', {
      layout: layoutOf(context, user),
      token,
      values,
      scopes: describeScopes(context.settings, token.scopes),
      expiryChoices: choices,
      tomorrow: tomorrowWithin(choices, now, wordsOf(response).reader.timeZone),
      errors,
    })
  }

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const token = await find(request, user)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await showForm(response, user, { token, values: valuesOf(token) })
  }

  async function edit({ request, response, user }: SignedInRequest): Promise<void> {
    const token = await find(request, user)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const values = formValues(formOf(request), wordsOf(response).reader.timeZone)
    const now = context.clock()
    const { wish, mistakes } = readTokenForm(values, soonerChoices(token.expires, now, context.settings.tokenPolicy))
    const words = wordsOf(response)
    const errors = fieldErrors(mistakes, ownerEdit(token, wish, now), values, words)
    if (errors.length > 0) return showForm(response.status(422), user, { token, values, errors })
    const { username, key } = token
    // Judged again under lock: the token may have changed since it was read.
    const change = { username, key, become: () => wish, rule: ownerEdit, actor: user.actor }
    const edited = await editUserToken(context, change)
    if (!(edited instanceof Refusal)) return response.redirect(303, at(`/auth/tokens/${token.key}`))
    if (edited.code === 'not_found') return showRefusal(pages, response, edited, { user })
    await showForm(response.status(edited.status), user, {
      token,
      values,
      errors: fieldErrors([], [edited], values, words),
    })
  }

  const router = Router()
  router.route('/auth/tokens/:key/edit').get(requireSignIn(pages, ask)).post(requireForm(pages, edit))
  return router
}

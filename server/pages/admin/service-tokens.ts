import { type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { isEmail } from '../../core/people/email.js'
import { isServiceName } from '../../core/people/identifiers.js'
import { idleEnd, idleLimits } from '../../core/token/idle-timeout.js'
import type { TokenRecord } from '../../core/token/record.js'
import { sortScopes } from '../../core/token/scope.js'
import { listServiceTokens } from '../../storage/postgres/tokens.js'
import { createTokenForUser } from '../../tokens/create-for-user.js'
import { fieldOf, formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { askedAgain } from '../sign-in/ask-again.js'
import type { Annotations } from '../tokens/annotate.js'
import { newToken } from '../tokens/created.js'
import {
  describeScopes,
  emptyForm,
  formValues,
  idleWords,
  inForm,
  offeredFor,
  readTokenRequest,
} from '../tokens/form.js'
import { adminToken } from './token-row.js'
import type { ServiceTokenValues } from './view-models.js'

/** How many the list shows. */
const MAX_TOKENS_SHOWN = 200

/** Tokens for services: the list, the form, and the one page that ever shows a new one. */
export function adminServicePages(pages: PageServices): Router {
  const { context, render } = pages
  const { settings } = context
  const limits = idleLimits(settings)

  function withIdleEnd(token: TokenRecord): TokenRecord & Annotations {
    const idleEnds = idleEnd(token, limits)
    return { ...token, ...(idleEnds !== undefined && { idleEnds }) }
  }

  async function showList({ response, user }: SignedInRequest): Promise<void> {
    const tokens = await listServiceTokens(context.postgres.prisma, context.clock(), MAX_TOKENS_SHOWN + 1)
    await render(response, 'admin/service-tokens', {
      layout: layoutOf(context, user),
      tokens: tokens.slice(0, MAX_TOKENS_SHOWN).map((each) => adminToken(withIdleEnd(each), wordsOf(response))),
      ...(tokens.length > MAX_TOKENS_SHOWN && { limit: MAX_TOKENS_SHOWN }),
    })
  }

  function showForm(response: Response, user: SignedInUser, values: ServiceTokenValues, errors: FieldError[] = []) {
    return render(response, 'admin/service-token-create', {
      layout: layoutOf(context, user),
      values,
      scopes: describeScopes(settings, sortScopes(settings.knownScopes.keys())),
      ...idleWords(context.settings, 'service', wordsOf(response)),
      expiryChoices: offeredFor(context.settings, 'service', context.clock()),
      errors,
    })
  }

  async function create(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const username = fieldOf(request, 'username').trim().toLowerCase()
    const email = fieldOf(request, 'email').trim()
    const values = { ...formValues(formOf(request)), username, email }
    const wish = readTokenRequest(values, offeredFor(context.settings, 'service', context.clock()))
    const errors = [
      ...serviceErrors(values),
      ...(wish instanceof Refusal ? [inForm(wish, values, wordsOf(response))] : []),
    ]
    if (wish instanceof Refusal || errors.length > 0) return showForm(response.status(422), user, values, errors)
    if (await askedAgain(pages, signedIn, 'token.for-others')) return
    const { scopes, expires, restriction } = wish
    const wanted = {
      username,
      type: 'service' as const,
      scopes,
      ...(expires !== undefined && { expires }),
      ...(restriction && { restriction }),
      ...(email !== '' && { pinned: { email } }),
    }
    const created = await createTokenForUser(context, wanted, { ...user.actor, maker: user.session })
    if (created instanceof Refusal) {
      return showForm(response.status(created.status), user, values, [inForm(created, values, wordsOf(response))])
    }
    await render(response.status(201), 'tokens/created', {
      layout: layoutOf(context, user),
      ...newToken(settings, created, wordsOf(response)),
    })
  }

  const router = Router()
  router.route('/service-tokens').get(requireSignIn(pages, showList)).post(requireForm(pages, create))
  router.get(
    '/service-tokens/new',
    requireSignIn(pages, ({ response, user }) =>
      showForm(response, user, { ...emptyForm(context.settings, 'service'), username: '', email: '' }),
    ),
  )
  return router
}

/** Finds the mistakes in the form's fields that a user's own token has not. */
export function serviceErrors({ username, email }: ServiceTokenValues): FieldError[] {
  const errors: FieldError[] = []
  if (!isServiceName(username)) {
    const message = 'Give a name that begins with bot- and goes on with small letters, digits and single dashes'
    errors.push({ field: 'username', message })
  }
  if (email !== '' && !isEmail(email)) {
    errors.push({ field: 'email', message: 'Give an address such as team@example.org, or none' })
  }
  return errors
}

import { type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { isEmail } from '../../core/people/email.js'
import { isServiceName } from '../../core/people/identifiers.js'
import { idleEnd, idleLimits } from '../../core/token/idle-timeout.js'
import type { TokenRecord } from '../../core/token/record.js'
import { sortScopes } from '../../core/token/scope.js'
import { listServiceTokens } from '../../storage/postgres/tokens.js'
import { createTokenForUser, validateServiceToken } from '../../tokens/create-for-user.js'
import { fieldOf, formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import type { FieldError } from '../shared/view-models.js'
import { askedAgain } from '../sign-in/ask-again.js'
import type { Annotations } from '../tokens/annotate.js'
import { newToken } from '../tokens/created.js'
import { fieldErrors, type Mistake } from '../tokens/form/mistakes.js'
import { offersOf } from '../tokens/form/model.js'
import { emptyForm, formValues, offeredFor, readTokenForm } from '../tokens/form.js'
import { adminToken } from './token-row.js'
import type { ServiceTokenValues } from './view-models.js'

/** What is said about a form that was sent. */
interface FormState {
  readonly errors?: readonly FieldError[]
  readonly asksAnyway?: boolean
}

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

  function showForm(response: Response, user: SignedInUser, values: ServiceTokenValues, more: FormState = {}) {
    const { errors = [], asksAnyway = false } = more
    return render(response, 'admin/service-token-create', {
      layout: layoutOf(context, user),
      values,
      ...offersOf(context, 'service', sortScopes(settings.knownScopes.keys()), wordsOf(response)),
      errors,
      asksAnyway,
    })
  }

  async function create(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const words = wordsOf(response)
    const username = fieldOf(request, 'username').trim().toLowerCase()
    const email = fieldOf(request, 'email').trim()
    const values = { ...formValues(formOf(request), wordsOf(response).reader.timeZone), username, email }
    const now = context.clock()
    const { wish, mistakes } = readTokenForm(values, offeredFor(settings, 'service', now))
    const { scopes, expires, restriction } = wish
    const refusals = validateServiceToken(context, wish, user.session)
    const errors = fieldErrors([...serviceMistakes(values), ...mistakes], refusals, values, words)
    if (errors.length > 0) return showForm(response.status(422), user, values, { errors })
    if (scopes.length === 0 && fieldOf(request, 'anyway') !== 'yes') {
      return showForm(response.status(422), user, values, { asksAnyway: true })
    }
    if (await askedAgain(pages, signedIn, 'token.for-others')) return
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
      return showForm(response.status(created.status), user, values, {
        errors: fieldErrors([], [created], values, words),
      })
    }
    await render(response.status(201), 'tokens/created', {
      layout: layoutOf(context, user),
      ...newToken(context.settings, created, wordsOf(response)),
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

/** Finds the mistakes in the fields that a user's own token has not. */
export function serviceMistakes({ username, email }: ServiceTokenValues): Mistake[] {
  const mistakes: Mistake[] = []
  if (!isServiceName(username)) mistakes.push({ field: 'username', key: 'serviceTokens.form.wrongName' })
  if (email !== '' && !isEmail(email)) mistakes.push({ field: 'email', key: 'serviceTokens.form.wrongEmail' })
  return mistakes
}

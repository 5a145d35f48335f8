import { type Request, type Response, Router } from 'express'
import { hasExpired } from '../core/lifetime.js'
import { Refusal, type RefusalCode } from '../core/refusal.js'
import { formatToken, homeOf, isTokenKey, type TokenKey } from '../core/token.js'
import { listTokenChanges } from '../stores/changes.js'
import { listSessions } from '../stores/sessions.js'
import { getUserToken, listUserTokens } from '../stores/user-tokens.js'
import { checkWish, createUserToken } from '../tokens/create.js'
import { revokeToken } from '../tokens/revoke.js'
import { expiryChoices } from './format/expiry.js'
import { frameOf } from './frame.js'
import { showRefusal } from './message.js'
import type { DescribedScope, FieldError, TokenFormValues } from './models.js'
import { forForm, formOf, forPerson, type Pages, type Person } from './person.js'
import { recipes } from './recipes.js'
import { listedSession } from './session-pages.js'
import { formValues, prefilled, readWish } from './token-form.js'

/** The Security Tokens page and what leads from it. */
export function tokenPages(pages: Pages): Router {
  const { context, render } = pages
  const { prisma } = context.postgres

  async function showList(request: Request, response: Response, person: Person): Promise<void> {
    const { username } = person.session
    const [userTokens, sessions, notice] = await Promise.all([
      listUserTokens(prisma, username),
      listSessions(context.redis, username, context.clock()),
      noticeFor(request, person),
    ])
    await render(response, 'tokens', {
      frame: frameOf(context, person),
      userTokens,
      sessions: sessions.map((each) => listedSession(each, person)),
      ...(notice !== undefined && { notice }),
    })
  }

  /** What has just been done, told from the history: nobody can make this page say something by a link. */
  async function noticeFor({ query }: Request, { session }: Person): Promise<string | undefined> {
    if (query.ended === '1') return 'One session was logged out.'
    if (typeof query.ended === 'string' && /^\d{1,4}$/.test(query.ended))
      return `${query.ended} sessions were logged out.`
    if (typeof query.revoked !== 'string' || !isTokenKey(query.revoked)) return undefined
    const [last] = await listTokenChanges(prisma, session.username, query.revoked)
    return last?.action === 'revoke' ? `${last.tokenName ?? last.token} was revoked.` : undefined
  }

  function showForm(
    response: Response,
    person: Person,
    values: TokenFormValues,
    errors: FieldError[],
    suggestion?: string,
  ) {
    const scopes = person.session.scopes.map(described)
    const expiries = expiryChoices(context.clock())
    return render(response, 'token-new', {
      frame: frameOf(context, person),
      values,
      scopes,
      expiryChoices: expiries,
      errors,
      ...(suggestion && { suggestion }),
    })
  }

  async function create(request: Request, response: Response, person: Person): Promise<void> {
    const values = formValues(formOf(request))
    const wish = readWish(values, context.clock())
    if ('field' in wish) return showForm(response.status(422), person, values, [wish])
    const wrong = checkWish(context, person.session, wish)
    if (wrong.length > 0)
      return showForm(
        response.status(422),
        person,
        values,
        wrong.map((each) => inForm(each, values)),
      )
    const created = await createUserToken(context, person.session, wish, person.actor)
    if (created instanceof Refusal) {
      return showForm(response.status(created.status), person, values, [inForm(created, values)])
    }
    const token = formatToken(created.token)
    const { tapUrl, name: siteName } = context.settings.site
    await render(response.status(201), 'token-created', {
      frame: frameOf(context, person),
      name: wish.name,
      scopes: created.record.scopes,
      token,
      recipes: recipes({ token, siteName, tapUrl: (tapUrl ?? new URL('/tap', context.settings.baseUrl)).href }),
      ...(wish.expires !== undefined && { expires: wish.expires }),
    })
  }

  async function showDetails(request: Request, response: Response, person: Person): Promise<void> {
    const key = keyOf(request)
    const { username } = person.session
    const [live, history] = key
      ? await Promise.all([getUserToken(prisma, username, key), listTokenChanges(prisma, username, key)])
      : [undefined, []]
    const [last] = history
    const first = history.at(-1)
    if (!last || !first || last.tokenType !== 'user')
      return showRefusal(pages, response, new Refusal('not_found'), { person })
    const token = live ?? {
      key: last.token,
      scopes: last.scopes,
      created: first.at,
      ...(last.tokenName !== undefined && { name: last.tokenName }),
      ...(last.expires !== undefined && { expires: last.expires }),
    }
    const expired = last.action === 'expire' || hasExpired(token.expires, context.clock())
    await render(response, 'token', {
      frame: frameOf(context, person),
      token,
      scopes: token.scopes.map(described),
      state: last.action === 'revoke' ? 'revoked' : expired ? 'expired' : 'live',
      history,
    })
  }

  async function askRevoke(request: Request, response: Response, person: Person): Promise<void> {
    const key = keyOf(request)
    const token = key && (await getUserToken(prisma, person.session.username, key))
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    await render(response, 'token-revoke', { frame: frameOf(context, person), token, alsoEnds: [] })
  }

  async function revoke(request: Request, response: Response, person: Person): Promise<void> {
    const key = keyOf(request)
    const revoked = key
      ? await revokeToken(context, person.session.username, key, person.actor)
      : new Refusal('not_found')
    if (revoked instanceof Refusal) return showRefusal(pages, response, revoked, { person })
    response.redirect(303, `/auth/tokens?revoked=${revoked.key}`)
  }

  function described(name: string): DescribedScope {
    return { name, description: context.settings.knownScopes.get(name as never) ?? '' }
  }

  const router = Router()
  router.get('/auth/tokens', forPerson(pages, showList))
  router.get(
    '/auth/tokens/new',
    forPerson(pages, (request, response, person) => {
      const values = prefilled(request.query, person.session.scopes)
      return showForm(response, person, values, [], values.name)
    }),
  )
  router.post('/auth/tokens', forForm(pages, create))
  router.get('/auth/tokens/:key', forPerson(pages, showDetails))
  router.get('/auth/tokens/:key/revoke', forPerson(pages, askRevoke))
  router.post('/auth/tokens/:key/revoke', forForm(pages, revoke))
  return router
}

/** The key in the address, if it can be a user token's. */
function keyOf(request: Request): TokenKey | undefined {
  const { key } = request.params
  return typeof key === 'string' && isTokenKey(key) && homeOf(key) === 'postgres' ? key : undefined
}

const FIELD_OF: Partial<Record<RefusalCode, FieldError['field']>> = {
  invalid_name: 'name',
  duplicate_token_name: 'name',
  invalid_scopes: 'scope',
}

/** A refusal as a mistake beside the field that it is about. */
function inForm(refusal: Refusal, values: TokenFormValues): FieldError {
  const field = FIELD_OF[refusal.code] ?? (values.expires === 'at' ? 'expires_at' : 'expires')
  return { field, message: refusal.message }
}

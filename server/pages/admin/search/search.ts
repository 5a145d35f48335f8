import { Router } from 'express'
import { searchTerms } from '../../../core/search/query.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { find, isToken, onlyHit } from './find.js'
import { withoutSecret } from './reduce.js'

const SEARCH = '/auth/admin/search'

/**
 * Finds people, tokens and programs by anything that an administrator has in hand. The form is a POST, and its answer a
 * redirect to an address without a secret, which can be reloaded and shared.
 */
export function adminSearchPages(pages: PageServices): Router {
  const { context, render, at } = pages

  /** Returns the own path that shows a query. */
  async function pathOf(query: string): Promise<string> {
    const { key } = searchTerms(query)
    if (key && (await isToken(context, key))) return `/auth/admin/tokens/${key}`
    return `${SEARCH}?${new URLSearchParams({ q: query })}`
  }

  async function ask({ request, response }: SignedInRequest): Promise<void> {
    response.redirect(303, at(await pathOf(await withoutSecret(context, fieldOf(request, 'q')))))
  }

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const asked = typeof request.query.q === 'string' ? request.query.q : ''
    const query = await withoutSecret(context, asked)
    // Attack: a secret in the address of a link or of another form. It is not repeated in a page.
    const path = await pathOf(query)
    if (query !== asked || !path.startsWith(SEARCH)) return response.redirect(303, at(path))
    const results = await find(context, query, wordsOf(response))
    const hit = onlyHit(results)
    if (hit) return response.redirect(303, at(hit))
    await render(response, 'search/results', { layout: layoutOf(context, user), ...results })
  }

  /** Redirects addresses of former releases: `/auth/admin?user=ada`. */
  async function redirectEarlier({ request, response }: SignedInRequest): Promise<void> {
    const { user } = request.query
    response.redirect(303, at(await pathOf(await withoutSecret(context, typeof user === 'string' ? user : ''))))
  }

  const earlier = requireSignIn(pages, redirectEarlier)
  return Router()
    .get('/search', requireSignIn(pages, show))
    .post('/search', requireForm(pages, ask))
    .get('/', (request, response, next) =>
      request.query.user === undefined ? next() : earlier(request, response, next),
    )
}

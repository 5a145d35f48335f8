import { Router } from 'express'
import { formatCursor, readCursor, searchHistory } from '../../storage/postgres/token-history-search.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { hasSecret, historyAddress, historyValues, readFilter } from './history-filter.js'

/** How many changes a page shows. */
const PAGE_SIZE = 50

/** Serves the history of all tokens. A search is wholly in its address, so that administrators can share it. */
export function adminHistoryPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request: { query }, response, user }: SignedInRequest): Promise<void> {
    const values = historyValues(query)
    // Attack: an address with a token is read from the browser's history, or shared with the search that it is.
    if (hasSecret(query)) return response.redirect(303, at(historyAddress(values)))
    const { filter, errors } = readFilter(values)
    const layout = layoutOf(context, user)
    if (errors.length > 0) {
      return render(response.status(422), 'admin/history', { layout, values, errors, changes: [] })
    }
    const cursor = typeof query.cursor === 'string' ? readCursor(query.cursor) : undefined
    const place = { limit: PAGE_SIZE, ...(cursor && { cursor }) }
    const { changes, next, previous } = await searchHistory(context.postgres, filter, place)
    await render(response, 'admin/history', {
      layout,
      values,
      errors,
      changes,
      ...(previous && { newer: at(historyAddress(values, formatCursor(previous))) }),
      ...(next && { older: at(historyAddress(values, formatCursor(next))) }),
    })
  }

  return Router().get('/history', requireSignIn(pages, show))
}

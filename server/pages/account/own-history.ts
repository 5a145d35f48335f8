import { Router } from 'express'
import { isActId } from '../../core/token/act.js'
import { TOKEN_TYPES } from '../../core/token/record.js'
import { searchActs } from '../../storage/postgres/history/acts.js'
import {
  formatCursor,
  type HistoryFilter,
  readCursor,
  searchHistory,
} from '../../storage/postgres/token-history-search.js'
import { MAX_DOWNLOADED, sendHistory } from '../shared/history-download.js'
import { layoutOf } from '../shared/layout.js'
import { requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

const PAGE_SIZE = 50

/** The changes of all of a user's tokens and sessions: a page, and as CSV and JSON. */
export function ownHistoryPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const { type, filter } = filterOf({ request, user })
    const { act } = filter
    const cursor = typeof request.query.cursor === 'string' ? readCursor(request.query.cursor) : undefined
    const found = await searchActs(context.postgres, filter, { limit: PAGE_SIZE, ...(cursor && { cursor }) })
    const address = (more: Readonly<Record<string, string>>) =>
      at(`/auth/history?${new URLSearchParams({ ...(type && { type }), ...more })}`)
    const page = (to: typeof found.next) => to && address({ ...(act && { act }), cursor: formatCursor(to) })
    const [newer, older] = [page(found.previous), page(found.next)]
    await render(response, 'account/history', {
      layout: layoutOf(context, user),
      entries: found.entries.map((entry) => ({
        ...entry,
        ...(entry.several && { all: address({ act: entry.change.act ?? '' }) }),
      })),
      ...(act && { allActs: address({}) }),
      ...(type && { type }),
      ...(newer && { newer }),
      ...(older && { older }),
    })
  }

  async function download({ request, response, user }: SignedInRequest): Promise<void> {
    const { filter } = filterOf({ request, user })
    const { changes } = await searchHistory(context.postgres, filter, { limit: MAX_DOWNLOADED })
    sendHistory(response, changes, request.path.endsWith('.csv') ? 'csv' : 'json')
  }

  const router = Router()
  router.get('/auth/history', requireSignIn(pages, show))
  router.get('/auth/history.csv', requireSignIn(pages, download))
  router.get('/auth/history.json', requireSignIn(pages, download))
  return router
}

function filterOf({ request, user }: Pick<SignedInRequest, 'request' | 'user'>) {
  const type = TOKEN_TYPES.find((each) => each === request.query.type)
  const { act } = request.query
  const filter: HistoryFilter = {
    username: user.session.username,
    ...(type && { tokenType: type }),
    ...(typeof act === 'string' && isActId(act) && { act }),
  }
  return { type, filter }
}

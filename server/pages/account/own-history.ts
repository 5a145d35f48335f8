import { Router } from 'express'
import { csvOf, objectsOf, type Table } from '../../core/tables/csv.js'
import { isoTime } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import { TOKEN_TYPES } from '../../core/token/record.js'
import {
  formatCursor,
  type HistoryFilter,
  readCursor,
  searchHistory,
} from '../../storage/postgres/token-history-search.js'
import { layoutOf } from '../shared/layout.js'
import { requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

const PAGE_SIZE = 50
/** What a download has at most; older changes are in the API, page by page. */
const MAX_ROWS = 10_000

/** The changes of all of a user's tokens and sessions: a page, and as CSV and JSON. */
export function ownHistoryPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const { type, filter } = filterOf({ request, user })
    const cursor = typeof request.query.cursor === 'string' ? readCursor(request.query.cursor) : undefined
    const found = await searchHistory(context.postgres, filter, { limit: PAGE_SIZE, ...(cursor && { cursor }) })
    const page = (to: typeof found.next) =>
      to && at(`/auth/history?${new URLSearchParams({ ...(type && { type }), cursor: formatCursor(to) })}`)
    const [newer, older] = [page(found.previous), page(found.next)]
    await render(response, 'account/history', {
      layout: layoutOf(context, user),
      changes: found.changes,
      ...(type && { type }),
      ...(newer && { newer }),
      ...(older && { older }),
    })
  }

  async function download({ request, response, user }: SignedInRequest): Promise<void> {
    const { filter } = filterOf({ request, user })
    const { changes } = await searchHistory(context.postgres, filter, { limit: MAX_ROWS })
    const table = historyTable(changes)
    const isCsv = request.path.endsWith('.csv')
    response.set('Cache-Control', 'no-store').attachment(isCsv ? 'history.csv' : 'history.json')
    if (isCsv) response.type('text/csv').send(csvOf(table))
    else response.json(objectsOf(table))
  }

  const router = Router()
  router.get('/auth/history', requireSignIn(pages, show))
  router.get('/auth/history.csv', requireSignIn(pages, download))
  router.get('/auth/history.json', requireSignIn(pages, download))
  return router
}

function filterOf({ request, user }: Pick<SignedInRequest, 'request' | 'user'>) {
  const type = TOKEN_TYPES.find((each) => each === request.query.type)
  const filter: HistoryFilter = { username: user.session.username, ...(type && { tokenType: type }) }
  return { type, filter }
}

function historyTable(changes: readonly TokenHistoryEntry[]): Table {
  return {
    columns: ['time', 'action', 'type', 'key', 'name', 'scopes', 'expires', 'actor', 'address'],
    rows: changes.map((change) => [
      isoTime(change.at),
      change.action,
      change.tokenType,
      change.token,
      change.tokenName ?? '',
      change.scopes.join(' '),
      change.expires === undefined ? '' : isoTime(change.expires),
      change.actor,
      change.address ?? '',
    ]),
  }
}

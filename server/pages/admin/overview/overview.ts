import { type Request, Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { csvOf, objectsOf } from '../../../core/tables/csv.js'
import { DAY, type EpochSeconds } from '../../../core/time.js'
import { listEnding } from '../../../storage/postgres/tallies/site-numbers.js'
import { searchHistory } from '../../../storage/postgres/token-history-search.js'
import { requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { adminToken } from '../token-row.js'
import { ENDING_DAYS, readOverview } from './data.js'
import { drawOverview, endingSoon } from './pictures.js'
import { reasonOf } from './reasons.js'
import { isTableName, overviewTable } from './tables.js'

const NEWEST_CHANGES = 10
const MAX_TOKENS_SHOWN = 200

/** Serves what administrators see first: pictures of the site, its numbers and its newest changes. */
export function adminOverviewPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ response, user }: SignedInRequest): Promise<void> {
    const [data, { changes }] = await Promise.all([
      readOverview(context),
      searchHistory(context.postgres, {}, { limit: NEWEST_CHANGES }),
    ])
    const words = wordsOf(response)
    await render(response, 'overview/overview', {
      layout: layoutOf(context, user),
      data,
      pictures: drawOverview(data),
      reasons: data.refusals.map(({ reason }) => reasonOf(reason, words, at('/auth/explain'))),
      soon: endingSoon(data),
      changes,
    })
  }

  async function showEnding({ request, response, user }: SignedInRequest): Promise<void> {
    const now = context.clock()
    const day = dayOf(request)
    const today = Math.floor(now / DAY) * DAY
    const until = day === undefined ? today + (ENDING_DAYS + 1) * DAY : day + DAY
    const from = Math.max(now, day === undefined ? now : day - 1)
    const tokens = await listEnding(context.postgres.prisma, from, until, MAX_TOKENS_SHOWN + 1)
    const words = wordsOf(response)
    await render(response, 'overview/ending', {
      layout: layoutOf(context, user),
      tokens: tokens.slice(0, MAX_TOKENS_SHOWN).map((token) => adminToken(token, words)),
      days: ENDING_DAYS,
      ...(day !== undefined && { day }),
      ...(tokens.length > MAX_TOKENS_SHOWN && { limit: MAX_TOKENS_SHOWN }),
    })
  }

  async function sendTable({ request, response, user }: SignedInRequest): Promise<void> {
    const { what } = request.query
    if (!isTableName(what)) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const table = overviewTable(what, await readOverview(context))
    response.set('Cache-Control', 'no-store')
    if (request.path.endsWith('.json')) response.json(objectsOf(table))
    else response.attachment(`${what}.csv`).type('text/csv').send(csvOf(table))
  }

  return Router()
    .get('/', requireSignIn(pages, show))
    .get('/ending', requireSignIn(pages, showEnding))
    .get('/overview.csv', requireSignIn(pages, sendTable))
    .get('/overview.json', requireSignIn(pages, sendTable))
}

/** Reads the day of a link, midnight UTC; undefined without one. */
function dayOf({ query }: Request): EpochSeconds | undefined {
  const text = typeof query.day === 'string' ? query.day : ''
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const instant = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(instant) ? undefined : instant / 1000
}

import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { DAY, isoTime } from '../../core/time.js'
import type { ToldChange } from '../../core/token/history.js'
import { searchActs } from '../../storage/postgres/history/acts.js'
import { formatCursor, readCursor, searchHistory } from '../../storage/postgres/token-history-search.js'
import { formOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { MAX_DOWNLOADED, sendHistory } from '../shared/history-download.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { ACTIONS, type HistoryValues, hasSecret, historyAddress, historyValues, readFilter } from './history-filter.js'

/** How many changes a page shows. */
const PAGE_SIZE = 50

/** The periods that are one click away, in days. */
const PERIODS = [1, 7, 30]

/** Serves the history of all tokens. A search is wholly in its address, so that administrators can share it. */
export function adminHistoryPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request: { query }, response, user }: SignedInRequest): Promise<void> {
    const values = historyValues(query)
    // Attack: an address with a token is read from the browser's history, or shared with the search that it is.
    if (hasSecret(query)) return response.redirect(303, at(historyAddress(values)))
    const { filter, errors } = readFilter(values, wordsOf(response))
    const layout = layoutOf(context, user)
    const shared = {
      actions: ACTIONS,
      periods: periodsOf(values),
      downloads: downloadsOf(values),
      ...(values.act !== '' && { allActs: at(historyAddress({ ...values, act: '' })) }),
    }
    if (errors.length > 0) {
      return render(response.status(422), 'admin/history', { ...shared, layout, values, errors, entries: [] })
    }
    const cursor = typeof query.cursor === 'string' ? readCursor(query.cursor) : undefined
    const place = { limit: PAGE_SIZE, ...(cursor && { cursor }) }
    const { entries, next, previous } = await searchActs(context.postgres, filter, place)
    await render(response, 'admin/history', {
      ...shared,
      layout,
      values,
      errors,
      entries: entries.map((entry) => ({ ...entry, ...allOf(entry, values) })),
      ...(previous && { newer: at(historyAddress(values, formatCursor(previous))) }),
      ...(next && { older: at(historyAddress(values, formatCursor(next))) }),
    })
  }

  /** Takes the form. Its answer is an address without a secret: what was pasted is in no address of this site. */
  async function ask({ request, response }: SignedInRequest): Promise<void> {
    response.redirect(303, at(historyAddress(historyValues(formOf(request)))))
  }

  function download(format: 'csv' | 'json') {
    return requireSignIn(pages, async ({ request: { query }, response, user }) => {
      const { filter, errors } = readFilter(historyValues(query), wordsOf(response))
      if (errors.length > 0) return showRefusal(pages, response, new Refusal('invalid_parameter'), { user })
      const { changes } = await searchHistory(context.postgres, filter, { limit: MAX_DOWNLOADED })
      sendHistory(response, changes, format)
    })
  }

  /** The same search from so many days ago to now. */
  function periodsOf(values: HistoryValues) {
    return PERIODS.map((days) => {
      const since = isoTime(context.clock() - (days - 1) * DAY).slice(0, 10)
      return { days, href: at(historyAddress({ ...values, since, until: '' })) }
    })
  }

  /** The changes of an entry's act that match the search, each by itself. */
  function allOf({ change: { act, action }, several }: ToldChange, values: HistoryValues) {
    return several && act ? { all: at(historyAddress({ ...values, act, action })) } : {}
  }

  function downloadsOf(values: HistoryValues) {
    const address = (format: string) => at(historyAddress(values).replace('/history', `/history.${format}`))
    return [
      { format: 'CSV', href: address('csv') },
      { format: 'JSON', href: address('json') },
    ]
  }

  return Router()
    .get('/history', requireSignIn(pages, show))
    .post('/history', requireForm(pages, ask))
    .get('/history.csv', download('csv'))
    .get('/history.json', download('json'))
}

import { type Response, Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { readEvent, summaryOf } from '../../../core/audit/read-event.js'
import { fieldsOf } from '../../../core/audit/terms.js'
import { isUsername } from '../../../core/people/identifiers.js'
import { DAY, isoTime } from '../../../core/time.js'
import { isTokenKey } from '../../../core/token/token.js'
import { type FoundEvent, findEvent, findEvents } from '../../../storage/audit/find-events.js'
import { fromDate } from '../../../storage/postgres/client.js'
import { formatCursor, readCursor } from '../../../storage/postgres/token-history-search.js'
import { formOf, requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { MAX_DOWNLOADED } from '../../shared/history-download.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { hasSecret } from '../history-filter.js'
import { sendEvents } from './download.js'
import { ACTIONS, type AuditValues, auditAddress, auditValues, OUTCOMES, readAuditFilter } from './filter.js'
import type { ListedEvent } from './view-models.js'

/** How many events a page shows. */
const PAGE_SIZE = 50

/** The periods that are one click away, in days. */
const PERIODS = [1, 7, 30]

/** Serves the audit trail: a search that is wholly in its address, and a page of each event. */
export function adminAuditPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request: { query }, response, user }: SignedInRequest): Promise<void> {
    const values = auditValues(query)
    // Attack: an address with a token is read from the browser's history, or shared with the search that it is.
    if (hasSecret(query)) return response.redirect(303, at(auditAddress(values)))
    const words = wordsOf(response)
    const { filter, errors } = readAuditFilter(values, words)
    const shared = {
      layout: layoutOf(context, user),
      values,
      actions: ACTIONS,
      outcomes: OUTCOMES,
      periods: periodsOf(values),
      downloads: downloadsOf(values),
    }
    if (errors.length > 0) return render(response.status(422), 'audit/trail', { ...shared, errors, events: [] })
    const cursor = typeof query.cursor === 'string' ? readCursor(query.cursor) : undefined
    const found = await findEvents(context.postgres, filter, { limit: PAGE_SIZE, ...(cursor && { cursor }) })
    if (found === 'too long') {
      const tooLong = { field: 'since', message: words.text('audit.errors.tooLong') } as const
      return render(response.status(422), 'audit/trail', { ...shared, errors: [tooLong], events: [] })
    }
    const { events, next, previous } = found
    await render(response, 'audit/trail', {
      ...shared,
      errors,
      events: events.map(listed),
      ...(previous && { newer: at(auditAddress(values, formatCursor(previous))) }),
      ...(next && { older: at(auditAddress(values, formatCursor(next))) }),
    })
  }

  /** Takes the form. Its answer is an address without a secret: what was pasted is in no address of this site. */
  async function ask({ request, response }: SignedInRequest): Promise<void> {
    response.redirect(303, at(auditAddress(auditValues(formOf(request)))))
  }

  async function showEvent({ request, response, user }: SignedInRequest): Promise<void> {
    const { id } = request.params
    const found = typeof id === 'string' && EVENT_ID.test(id) ? await findEvent(context.postgres, id) : undefined
    if (!found) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const event = listed(found)
    const { link, fits } = found
    await render(response, 'audit/event', {
      layout: layoutOf(context, user),
      event,
      fields: fieldsOf(readEvent(found.event)),
      ...(link && { link: { ...link, ...(fits !== undefined && { fits }) } }),
      ...(event.requestId !== undefined && { sameRequest: at(auditAddress({ request: event.requestId })) }),
      ...(event.act !== undefined && { sameAct: at(auditAddress({ act: event.act })) }),
    })
  }

  function download(format: 'csv' | 'json') {
    return requireSignIn(pages, async ({ request: { query }, response, user }) => {
      const { filter, errors } = readAuditFilter(auditValues(query), wordsOf(response))
      if (errors.length > 0) return refuse(response, user)
      const found = await findEvents(context.postgres, filter, { limit: MAX_DOWNLOADED })
      if (found === 'too long') return refuse(response, user)
      sendEvents(response, found.events, format)
    })
  }

  function refuse(response: Response, user: SignedInRequest['user']): Promise<void> {
    return showRefusal(pages, response, new Refusal('invalid_parameter'), { user })
  }

  function listed({ eventId, at: when, event }: FoundEvent): ListedEvent {
    const summary = summaryOf(readEvent(event))
    const path = pageOf(summary.object)
    return { ...summary, id: eventId, at: fromDate(when), ...(path !== undefined && { href: at(path) }) }
  }

  /** The same search from so many days ago to now. */
  function periodsOf(values: AuditValues) {
    return PERIODS.map((days) => {
      const since = isoTime(context.clock() - (days - 1) * DAY).slice(0, 10)
      return { days, href: at(auditAddress({ ...values, since, until: '' })) }
    })
  }

  function downloadsOf(values: AuditValues) {
    const address = (format: string) => at(auditAddress(values).replace('/audit?', `/audit.${format}?`))
    return [
      { format: 'CSV', href: address('csv') },
      { format: 'JSON', href: address('json') },
    ]
  }

  return Router()
    .get('/audit', requireSignIn(pages, show))
    .post('/audit', requireForm(pages, ask))
    .get('/audit.csv', download('csv'))
    .get('/audit.json', download('json'))
    .get('/audit/:id', requireSignIn(pages, showEvent))
}

/** As the events of this site are named. */
const EVENT_ID = /^[\w-]{1,64}$/

/** The own path of an object's page, for those types that have one. */
function pageOf(object: ListedEvent['object']): string | undefined {
  if (object?.type === 'token' && isTokenKey(object.id)) return `/auth/admin/tokens/${object.id}`
  if (object?.type === 'account' && isUsername(object.id)) return `/auth/admin/users/${object.id}`
  return object?.type === 'program' ? `/auth/programs/${encodeURIComponent(object.id)}` : undefined
}

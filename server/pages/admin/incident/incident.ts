import { Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { isGiven } from '../../../core/incident/filter.js'
import { filterQuery, filterValues, readIncidentFilter } from '../../../core/incident/read-filter.js'
import { csvOf, objectsOf } from '../../../core/tables/csv.js'
import { listRecentUses } from '../../../storage/postgres/incident/recent-use.js'
import { selectIncident } from '../../../tokens/incident/select-incident.js'
import { requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { hasSecret } from '../history-filter.js'
import { mistakeTexts } from './mistakes.js'
import { incidentAddress, previewOf } from './preview.js'
import { incidentTable } from './table.js'
import { valuesOfForm } from './values.js'
import type { ActValues } from './view-models.js'

const NOTHING_ENTERED: ActValues = { reason: '', number: '', signOut: false, disable: false }

/**
 * Serves the page for an incident: a filter over the tokens and sessions of all users, and what an act on it would end. The filter
 * is wholly in the address, which has no secret.
 */
export function adminIncidentPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const asked = filterValues(request.query)
    const isFresh = filterQuery(asked).size === 0
    // The form begins with the safer choice: a thief creates tokens with a stolen one.
    const values = { ...asked, heirs: asked.heirs || isFresh }
    // Attack: a link with a whole token in it. What this page shows and links to has its key alone.
    if (hasSecret(request.query)) return response.redirect(303, at(incidentAddress(values)))
    const words = wordsOf(response)
    const { filter, mistakes } = readIncidentFilter(values)
    const errors = mistakeTexts(mistakes, words)
    const selection =
      isGiven(filter) && errors.length === 0
        ? await selectIncident(context, filter, { key: user.session.key, isExcluded: !values.own })
        : undefined
    const listsAll = request.query.list === 'all'
    await render(errors.length > 0 ? response.status(422) : response, 'incident/incident', {
      layout: layoutOf(context, user),
      values,
      errors,
      entered: NOTHING_ENTERED,
      ...(selection && { preview: await previewOf(context, { selection, values, listsAll, at }, words) }),
    })
  }

  /** Takes the filter. Its answer is an address without a secret: a token that was pasted is in no address of this site. */
  async function find({ request, response }: SignedInRequest): Promise<void> {
    response.redirect(303, at(incidentAddress(await valuesOfForm(context, request))))
  }

  function download(format: 'csv' | 'json') {
    return requireSignIn(pages, async ({ request, response, user }) => {
      const values = filterValues(request.query)
      const { filter, mistakes } = readIncidentFilter(values)
      if (mistakes.length > 0) return showRefusal(pages, response, new Refusal('invalid_parameter'), { user })
      const own = { key: user.session.key, isExcluded: !values.own }
      const { tokens } = await selectIncident(context, filter, own)
      const keys = tokens.map(({ key }) => key)
      const table = incidentTable(tokens, await listRecentUses(context.postgres, keys, context.clock()))
      response.set('Cache-Control', 'no-store').attachment(`tokens.${format}`)
      if (format === 'csv') response.type('text/csv').send(csvOf(table))
      else response.json(objectsOf(table))
    })
  }

  return Router()
    .get('/revoke', requireSignIn(pages, show))
    .post('/revoke/find', requireForm(pages, find))
    .get('/revoke.csv', download('csv'))
    .get('/revoke.json', download('json'))
}

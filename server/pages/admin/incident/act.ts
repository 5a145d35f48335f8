import { type Request, Router } from 'express'
import type { GuardedAct } from '../../../core/access/reauthentication.js'
import { Refusal } from '../../../core/access/refusal.js'
import { isGiven } from '../../../core/incident/filter.js'
import { mistakesOfAct } from '../../../core/incident/previewed.js'
import { type FilterValues, filterQuery, readIncidentFilter } from '../../../core/incident/read-filter.js'
import { isActId } from '../../../core/token/act.js'
import { clearSessionCookie } from '../../../login/browser/session-cookie.js'
import { carryOn } from '../../../login/incident/carry-on.js'
import { findIncident, finishIncident, type IncidentAct } from '../../../storage/postgres/incident/acts.js'
import { beginIncidentAct } from '../../../tokens/incident/begin-act.js'
import { liftSuspension } from '../../../tokens/incident/lift-suspension.js'
import { type IncidentSelection, selectIncident } from '../../../tokens/incident/select-incident.js'
import { requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { askedAgain, requireRecentForm } from '../../sign-in/ask-again.js'
import { actMistakeTexts, mistakeTexts } from './mistakes.js'
import { countsOf, incidentAddress, previewOf } from './preview.js'
import { describeAct } from './progress.js'
import { type AskedAct, actOfForm, fieldsOf, valuesOfForm } from './values.js'
import type { IncidentError } from './view-models.js'

/**
 * How many batches of an act one request does, of hundreds of tokens each in PostgreSQL and some twenty in Redis: it is answered
 * before any proxy gives up. The job does the rest, and the page of the act says how far it is.
 */
const BATCHES_PER_REQUEST = 12

/** Serves the acts on the tokens of an incident: what was previewed ends, after a question, and the page of each act stays. */
export function adminIncidentActPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function act(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    const asked = actOfForm(request)
    const given = await valuesOfForm(context, request)
    // A suspension takes the tokens that were created with them along: then they are in what is looked at, too.
    const values = { ...given, heirs: given.heirs || asked.kind === 'suspend' }
    const words = wordsOf(response)
    const { filter, mistakes } = readIncidentFilter(values)
    if (mistakes.length > 0 || !isGiven(filter)) {
      return showAgain(signedIn, { values, asked, errors: mistakeTexts(mistakes, words) })
    }
    const selection = await selectIncident(context, filter, { key: user.session.key, isExcluded: !values.own })
    const keys = selection.tokens.map(({ key }) => key)
    const wrong = mistakesOfAct(asked, keys)
    if (wrong.length > 0 || keys.length === 0) {
      const errors = actMistakeTexts(wrong, { count: asked.count, now: keys.length }, words)
      return showAgain(signedIn, { values, asked, errors, selection })
    }
    if (await askedAgain(pages, signedIn, guardOf(asked))) return
    if (!asked.isSure && asked.kind === 'revoke') return ask(signedIn, { values, asked, selection })
    const decision = { ...asked, filter: `${filterQuery(values)}`, tokens: selection.tokens }
    const id = await beginIncidentAct(
      context,
      { ...decision, spared: values.own ? undefined : user.session.key },
      user.actor,
    )
    await carryOn(context, id, BATCHES_PER_REQUEST)
    const people = selection.tokens.map(({ username }) => username)
    const endsOwn = keys.includes(user.session.key) || (asked.signOut && people.includes(user.session.username))
    if (!values.own || !endsOwn) return response.redirect(303, at(`/auth/admin/acts/${id}`))
    clearSessionCookie(response, context.settings)
    response.redirect(303, context.settings.afterLogoutUrl?.href ?? at('/login'))
  }

  interface Again {
    readonly values: FilterValues
    readonly asked: AskedAct
    readonly errors: readonly IncidentError[]
    readonly selection?: IncidentSelection
  }

  /** Shows the page with what is selected now. Nothing was done. */
  async function showAgain({ response, user }: SignedInRequest, again: Again): Promise<void> {
    const { values, asked, errors, selection } = again
    const hasChanged = errors.some(({ field }) => field === 'changed')
    await render(response.status(422), 'incident/incident', {
      layout: layoutOf(context, user),
      values,
      errors,
      // A number that was typed is of the set that was seen.
      entered: { ...asked, number: hasChanged ? '' : asked.number },
      ...(hasChanged && { before: asked.count }),
      ...(selection && {
        preview: await previewOf(context, { selection, values, listsAll: false, at }, wordsOf(response)),
      }),
    })
  }

  interface Question {
    readonly values: FilterValues
    readonly asked: AskedAct
    readonly selection: IncidentSelection
  }

  async function ask({ response, user }: SignedInRequest, { values, asked, selection }: Question): Promise<void> {
    const people = new Set(selection.tokens.map(({ username }) => username))
    people.delete(user.session.username)
    await render(response, 'incident/question', {
      layout: layoutOf(context, user),
      counts: countsOf(selection),
      total: selection.tokens.length,
      reason: asked.reason,
      disabled: asked.disable ? people.size : 0,
      signsOut: asked.signOut,
      own: values.own && selection.ownFits,
      fields: fieldsOf(values, asked),
      cancel: at(incidentAddress(values)),
    })
  }

  /** Finds the act of an address, and what to do with it. */
  function ofAct(handler: (signedIn: SignedInRequest, act: IncidentAct) => Promise<void>) {
    return async (signedIn: SignedInRequest) => {
      const act = await actIn(signedIn.request)
      if (act) return handler(signedIn, act)
      await showRefusal(pages, signedIn.response, new Refusal('not_found'), { user: signedIn.user })
    }
  }

  async function actIn({ params: { act } }: Request): Promise<IncidentAct | undefined> {
    return typeof act === 'string' && isActId(act) ? findIncident(context.postgres.prisma, act) : undefined
  }

  const show = ofAct(async ({ response, user }, act) =>
    render(response, 'incident/act', {
      layout: layoutOf(context, user),
      ...(await describeAct(pages, act, { session: user.session.key, words: wordsOf(response) })),
    }),
  )

  const goOn = ofAct(async ({ response }, { id }) => {
    await carryOn(context, id, BATCHES_PER_REQUEST)
    response.redirect(303, at(`/auth/admin/acts/${id}`))
  })

  /** Lifts a suspension, and ends the act if it was still under way. Sessions and accounts stay as they are. */
  const lift = ofAct(async ({ response, user }, { id, kind }) => {
    const { prisma } = context.postgres
    if (kind === 'suspend') await finishIncident(prisma, id, context.clock())
    const lifted = await liftSuspension(context, { act: id }, user.actor)
    if (lifted instanceof Refusal) return showRefusal(pages, response, lifted, { user })
    response.redirect(303, at(`/auth/admin/acts/${id}`))
  })

  return Router()
    .post('/revoke', requireForm(pages, act))
    .get('/acts/:act', requireSignIn(pages, show))
    .post('/acts/:act', requireForm(pages, goOn))
    .post('/acts/:act/lift', requireRecentForm(pages, 'token.revoke-for-others', lift))
}

function guardOf({ disable }: AskedAct): GuardedAct {
  return disable ? 'account.change' : 'token.revoke-for-others'
}

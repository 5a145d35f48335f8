import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import type { ProgramChange } from '../../core/programs/history.js'
import { isProgramId } from '../../core/programs/program.js'
import { isProgramAdministrator } from '../../core/token/scope.js'
import { programsOf } from '../../programs/list.js'
import {
  findManaged,
  grantEach,
  type Manager,
  programHistory,
  removeAccess,
  statedGrants,
} from '../../programs/manage.js'
import { findUsersByAddresses, namesOf } from '../../storage/postgres/people.js'
import { sumOwnReads } from '../../storage/postgres/programs/reads.js'
import type { Words } from '../../words/words.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import { listedProgram, periodOf } from './program-row.js'
import { readsOfProgram, sendReads } from './reads.js'

/** How many programs a list shows. */
const MAX_PROGRAMS_SHOWN = 200

/** Refusals that are shown beside the form's field, not on a page of their own. */
const OF_THE_FIELD: ReadonlySet<string> = new Set(['invalid_email', 'too_many_grants'])

/** *Manage access to exclusive-access data*: an investigator's programs, and who may read the data of each. */
export function programPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function list({ response, user }: SignedInRequest): Promise<void> {
    const now = context.clock()
    const [programs, requests] = await Promise.all([
      programsOf(context, user.session),
      sumOwnReads(context.postgres, user.session.username),
    ])
    const listed = programs.map(({ program, standing }) => {
      const sum = requests.get(program.id)
      return { ...listedProgram(program, standing, now), ...(sum && { requests: sum }) }
    })
    const exclusive = listed.filter(({ period }) => period.state === 'exclusive')
    const own = [...exclusive, ...listed.filter(({ period }) => period.state === 'public')].filter(
      ({ standing }) => standing !== 'granted',
    )
    const others = exclusive.filter(({ standing }) => standing === 'granted')
    await render(response, 'programs/programs', {
      layout: layoutOf(context, user),
      own: own.slice(0, MAX_PROGRAMS_SHOWN),
      others: others.slice(0, MAX_PROGRAMS_SHOWN),
      ...(Math.max(own.length, others.length) > MAX_PROGRAMS_SHOWN && { limit: MAX_PROGRAMS_SHOWN }),
    })
  }

  async function show(
    { request, response, user }: SignedInRequest,
    form: { readonly email: string; readonly message?: string } = { email: '' },
  ): Promise<void> {
    const id = idIn(request)
    const managed = await findManaged(context, managerOf(user), id)
    if (managed instanceof Refusal) return showRefusal(pages, response, managed, { user })
    const { program, standing, mayManage } = managed
    const history = await programHistory(context, id)
    const words = wordsOf(response)
    const done = request.query.done === undefined ? undefined : doneOf(history, user, words)
    const search = standing === 'none' && isProgramAdministrator(user.session.scopes)
    const usersOf = await findUsersByAddresses(context.postgres, [
      ...program.investigators.flatMap(({ kind, name }) => (kind === 'email' ? [name] : [])),
      ...program.granted,
    ])
    const names = await namesOf(context.postgres, [
      ...program.investigators.map(({ name }) => name),
      ...history.map(({ actor }) => actor),
      ...[...usersOf.values()].flat(),
    ])
    /** The name of the only user of an address: of several no one can say who is meant. */
    const nameAt = (email: string) => {
      const [username = '', ...others] = usersOf.get(email) ?? []
      const fullName = others.length === 0 ? names.get(username) : undefined
      return fullName !== undefined && { fullName }
    }
    const [grants, reads] = await Promise.all([statedGrants(context, id), readsOfProgram(context, managed, usersOf)])
    const readsOf = (name: string) => {
      const sum = reads?.byName.get(name)
      return sum && { reads: sum }
    }
    await render(response, 'programs/program', {
      layout: layoutOf(context, user),
      id,
      title: program.title,
      period: periodOf(program, context.clock()),
      investigators: program.investigators.map((each) => {
        const fullName = names.get(each.name)
        const named = each.kind === 'email' ? nameAt(each.name) : fullName !== undefined && { fullName }
        return { ...each, ...named, ...readsOf(each.name) }
      }),
      grants: grants.map((each) => ({
        ...each,
        grantedBy: names.get(each.grantedBy) ?? each.grantedBy,
        ...nameAt(each.email),
        ...readsOf(each.email),
      })),
      history,
      ...(reads && { reads: reads.listed }),
      mayManage,
      back: search
        ? { text: words.text('programs.back'), href: at('/auth/admin/programs') }
        : { text: words.text('programs.yours'), href: at('/auth/programs') },
      email: form.email,
      ...(form.message !== undefined && { error: { field: 'email', message: form.message } }),
      ...done,
    })
  }

  async function grant({ request, response, user }: SignedInRequest): Promise<void> {
    const email = fieldOf(request, 'email')
    const words = wordsOf(response)
    const listed = addressesIn(email)
    const granted = await grantEach(context, managerOf(user), idIn(request), listed.length === 0 ? [''] : listed)
    if (granted instanceof Refusal) {
      if (!OF_THE_FIELD.has(granted.code)) return showRefusal(pages, response, granted, { user })
      const text = refusalText(granted, words)
      const message = `${words.text('refusals.sentence', { sentence: text.message })} ${text.remedy}`
      return show({ request, response: response.status(granted.status), user }, { email, message })
    }
    if (granted.some(({ isNew }) => isNew)) return response.redirect(303, at(`/auth/programs/${idIn(request)}?done`))
    const emails = granted.map((each) => each.email)
    const message = words.text('programs.already', { emails: emails.join(', '), count: emails.length })
    return show({ request, response: response.status(409), user }, { email, message })
  }

  async function askRemove({ request, response, user }: SignedInRequest): Promise<void> {
    const id = idIn(request)
    const managed = await findManaged(context, managerOf(user), id)
    if (managed instanceof Refusal) return showRefusal(pages, response, managed, { user })
    const email = typeof request.query.email === 'string' ? request.query.email : ''
    if (!managed.mayManage || !managed.program.granted.includes(email)) {
      return showRefusal(pages, response, new Refusal('grant_not_found'), { user })
    }
    await render(response, 'programs/remove', { layout: layoutOf(context, user), id, email })
  }

  async function remove({ request, response, user }: SignedInRequest): Promise<void> {
    const removed = await removeAccess(context, managerOf(user), idIn(request), fieldOf(request, 'email'))
    if (removed instanceof Refusal) return showRefusal(pages, response, removed, { user })
    response.redirect(303, at(`/auth/programs/${idIn(request)}?done`))
  }

  async function showAsColleague({ request, response, user }: SignedInRequest): Promise<void> {
    const id = idIn(request)
    const managed = await findManaged(context, managerOf(user), id)
    if (managed instanceof Refusal) return showRefusal(pages, response, managed, { user })
    const program = listedProgram(managed.program, 'granted', context.clock())
    await render(response, 'programs/as-colleague', { layout: layoutOf(context, user), id, program })
  }

  async function downloadReads({ request, response, user }: SignedInRequest): Promise<void> {
    const managed = await findManaged(context, managerOf(user), idIn(request))
    const refusal = managed instanceof Refusal ? managed : await sendReads(context, managed, request, response)
    if (refusal) return showRefusal(pages, response, refusal, { user })
  }

  const router = Router()
  router.get('/auth/programs', requireSignIn(pages, list))
  router.get(
    '/auth/programs/:id',
    requireSignIn(pages, (signedIn) => show(signedIn)),
  )
  router.get('/auth/programs/:id/as-colleague', requireSignIn(pages, showAsColleague))
  router.get('/auth/programs/:id/requests.csv', requireSignIn(pages, downloadReads))
  router.get('/auth/programs/:id/requests.json', requireSignIn(pages, downloadReads))
  router.post('/auth/programs/:id/grants', requireRecentForm(pages, 'program.access', grant))
  router.route('/auth/programs/:id/grants/remove').get(requireSignIn(pages, askRemove)).post(requireForm(pages, remove))
  return router
}

/** Reads the identifier; an invalid one belongs to no program. */
function idIn({ params }: Request): string {
  return typeof params.id === 'string' && isProgramId(params.id) ? params.id : ''
}

function managerOf({ session, actor }: SignedInUser): Manager {
  return { username: session.username, scopes: session.scopes, actor, mayChange: true }
}

/** Splits what was typed or pasted: one address a line, or with commas or semicolons between. */
function addressesIn(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter((each) => each !== '')
}

/**
 * Reads the notice from the history: the changes of the last act, and the address that it took access from. Attack: a link
 * must not make this page claim something.
 */
function doneOf(history: readonly ProgramChange[], { session }: SignedInUser, words: Words) {
  const [last] = history
  if (last?.email === undefined || last.actor !== session.username) return undefined
  if (last.action !== 'grant') {
    return { notice: words.text('programs.taken', { email: last.email }), undo: last.email }
  }
  const given = history.filter(({ action, at, actor }) => action === 'grant' && at === last.at && actor === last.actor)
  const emails = given.flatMap(({ email }) => email ?? []).reverse()
  return { notice: words.text('programs.given', { emails: emails.join(', '), count: emails.length }) }
}

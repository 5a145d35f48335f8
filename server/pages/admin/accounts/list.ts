import { type Response, Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { isEmail } from '../../../core/people/email.js'
import { isGroupName, isUsername } from '../../../core/people/identifiers.js'
import { isAdmitted } from '../../../core/token/scope.js'
import { addAccount } from '../../../people/add-account.js'
import { generatePassword } from '../../../people/generate-password.js'
import { listPeopleAfter } from '../../../storage/postgres/people.js'
import type { Words } from '../../../words/words.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'
import { refusalText } from '../../shared/refusal-text.js'
import type { FieldError } from '../../shared/view-models.js'
import { askedAgain } from '../../sign-in/ask-again.js'
import type { AccountValues } from './view-models.js'

/** How many people a page lists. */
const PAGE_SIZE = 100

const EMPTY: AccountValues = { username: '', name: '', email: '', groups: '' }

/** Serves the list of all accounts, local ones and those of identity providers, and the form for a new one. */
export function adminAccountPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { settings } = context
  const canCreate = settings.localAccounts !== 'off'

  async function showList({ request, response, user }: SignedInRequest): Promise<void> {
    const after = typeof request.query.after === 'string' && isUsername(request.query.after) ? request.query.after : ''
    const people = await listPeopleAfter(context.postgres, after, PAGE_SIZE + 1)
    const shown = people.slice(0, PAGE_SIZE)
    const last = people.length > PAGE_SIZE ? shown.at(-1) : undefined
    await render(response, 'people/list', {
      layout: layoutOf(context, user),
      people: shown,
      canCreate,
      ...(last && { next: at(`/auth/admin/accounts?${new URLSearchParams({ after: last.username })}`) }),
    })
  }

  function showForm(response: Response, user: SignedInUser, values = EMPTY, errors: readonly FieldError[] = []) {
    const useful = [...new Set([...settings.groupMapping.values()].flatMap((groups) => [...groups]))].sort()
    return render(response, 'people/create', { layout: layoutOf(context, user), values, useful, errors })
  }

  async function create(signedIn: SignedInRequest): Promise<void> {
    const { request, response, user } = signedIn
    if (!canCreate) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const words = wordsOf(response)
    const field = (name: keyof AccountValues) => fieldOf(request, name).trim()
    const values = { username: field('username'), name: field('name'), email: field('email'), groups: field('groups') }
    const errors = mistakesIn(values, words)
    if (errors.length > 0) return showForm(response.status(422), user, values, errors)
    if (await askedAgain(pages, signedIn, 'account.change')) return
    const password = generatePassword(context.random)
    const { username, name, email } = values
    const groups = groupsOf(values)
    const wanted = {
      username,
      password,
      mustChangePassword: true as const,
      groups: groups.map((name) => ({ name })),
      ...(name !== '' && { name }),
      ...(email !== '' && { email }),
    }
    const added = await addAccount(context, wanted, user.actor)
    if (added instanceof Refusal) {
      const message = refusalText(added, words).message
      return showForm(response.status(added.status), user, values, [{ field: 'username', message }])
    }
    await render(response.status(201), 'people/password', {
      layout: layoutOf(context, user),
      username,
      password: password.reveal(),
      isNew: true,
      admitted: isAdmitted(groups, settings.groupMapping),
    })
  }

  const router = Router()
  router.get('/accounts', requireSignIn(pages, showList))
  router
    .route('/accounts/new')
    .get(
      requireSignIn(pages, async ({ response, user }) =>
        canCreate ? showForm(response, user) : showRefusal(pages, response, new Refusal('not_found'), { user }),
      ),
    )
    .post(requireForm(pages, create))
  return router
}

function groupsOf({ groups }: AccountValues): readonly string[] {
  return groups.split(/[\s,]+/).filter((name) => name !== '')
}

/** Finds every mistake in the form at once. */
function mistakesIn(values: AccountValues, words: Words): readonly FieldError[] {
  const odd = groupsOf(values).find((name) => !isGroupName(name))
  return [
    ...(isUsername(values.username)
      ? []
      : [{ field: 'username' as const, message: words.text('admin.accounts.wrong.username') }]),
    ...(values.email === '' || isEmail(values.email)
      ? []
      : [{ field: 'email' as const, message: words.text('admin.accounts.wrong.email') }]),
    ...(odd === undefined
      ? []
      : [{ field: 'groups' as const, message: words.text('admin.accounts.wrong.group', { name: odd }) }]),
  ]
}

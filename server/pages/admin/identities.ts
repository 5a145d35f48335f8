import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import type { ProvidedIdentity, Subject } from '../../core/people/identity.js'
import { rebindName, releaseName } from '../../login/user-name.js'
import { confirmInvestigator } from '../../programs/confirm-investigator.js'
import { listAwaitedUsers } from '../../storage/postgres/identity/awaited-users.js'
import { listIdentityChanges } from '../../storage/postgres/identity/history.js'
import { findNameHolder } from '../../storage/postgres/identity/name-holder.js'
import { listRefusedIdentities } from '../../storage/postgres/identity/refusals.js'
import { fieldOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import { usernameIn } from './user.js'

/** How many of each kind the page shows. */
const MAX_SHOWN = 100

const ACTS = ['release', 'rebind', 'confirm'] as const
export type IdentityAct = (typeof ACTS)[number]

/** Serves the identities of user names: refused ones, investigators to confirm, and the history. */
export function adminIdentityPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function show({ response, user }: SignedInRequest): Promise<void> {
    const [refused, awaited, changes] = await Promise.all([
      listRefusedIdentities(prisma, MAX_SHOWN),
      listAwaitedUsers(context.postgres, MAX_SHOWN),
      listIdentityChanges(prisma, MAX_SHOWN),
    ])
    await render(response, 'admin/identities', { layout: layoutOf(context, user), refused, awaited, changes })
  }

  /** Asks first, with both identities: releasing and rebinding cannot be undone by a click. */
  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const [username, act] = [usernameIn(request), actIn(request)]
    const holder = username === undefined ? undefined : await findNameHolder(prisma, username)
    const to = act === 'rebind' && username !== undefined ? await refusedIn(request, username) : undefined
    if (username === undefined || !act || holder?.is !== 'person' || (act === 'rebind' && !to))
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    const { provider, identity } = holder
    const present = { provider, ...(identity && { identity }) }
    await render(response, 'admin/identity-change', {
      layout: layoutOf(context, user),
      username,
      act,
      present,
      ...(to && { to }),
    })
  }

  async function change({ request, response, user }: SignedInRequest): Promise<void> {
    const [username, act] = [usernameIn(request), actIn(request)]
    const done = username && act ? await perform(request, username, act) : new Refusal('not_found')
    if (done instanceof Refusal) return showRefusal(pages, response, done, { user })
    response.redirect(303, at('/auth/admin/identities'))

    async function perform(request: Request, username: string, act: IdentityAct) {
      const expected = expectedIn(request)
      if (act === 'release') return releaseName(context, username, user.actor, expected)
      if (act === 'confirm') return confirmInvestigator(context, username, user.actor, expected)
      const to = await refusedIn(request, username)
      if (!to) return new Refusal('not_found')
      return rebindName(context, username, { to, ...(expected && { expected }) }, user.actor)
    }
  }

  /** Finds the identity among the refused ones: a page binds a name to no other. */
  async function refusedIn({ query }: Request, username: string): Promise<ProvidedIdentity | undefined> {
    const refused = await listRefusedIdentities(prisma, MAX_SHOWN, username)
    const found = refused.find(
      ({ provider, issuer, subject }) =>
        provider === query.provider && issuer === query.issuer && subject === query.subject,
    )
    return found && { provider: found.provider, issuer: found.issuer, subject: found.subject }
  }

  return Router()
    .get('/identities', requireSignIn(pages, show))
    .get('/identities/:username/:act', requireSignIn(pages, ask))
    .post('/identities/:username/:act', requireRecentForm(pages, 'account.change', change))
}

/** The owner that the page showed. Attack: the name is taken by another user between the question and the answer. */
function expectedIn(request: Request): Subject | undefined {
  const [issuer, subject] = [fieldOf(request, 'issuer'), fieldOf(request, 'subject')]
  return issuer === '' || subject === '' ? undefined : { issuer, subject }
}

function actIn({ params }: Request): IdentityAct | undefined {
  return ACTS.find((act) => act === params.act)
}

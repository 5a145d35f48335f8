import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { storedReason } from '../../core/notices/notice.js'
import { emergencyAccounts } from '../../storage/postgres/accounts.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { liftLockdown, lockDown } from '../../tokens/incident/lockdown.js'
import { fieldOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { requireRecentForm } from '../sign-in/ask-again.js'

const ACTS = ['on', 'off'] as const

/** Shows whether the site is locked down, and begins or ends a lockdown after a question. */
export function adminLockdownPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function show({ response, user }: SignedInRequest): Promise<void> {
    const [lockdown, accounts] = await Promise.all([
      readLockdown(context.postgres),
      emergencyAccounts(context.postgres.prisma),
    ])
    const layout = layoutOf(context, user)
    await render(response, 'admin/lockdown', { layout, accounts, ...(lockdown && { lockdown }) })
  }

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const act = actIn(request)
    if (!act) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const accounts = await emergencyAccounts(context.postgres.prisma)
    const isEmergency = accounts.includes(user.session.username)
    await render(response, 'admin/lockdown-change', { layout: layoutOf(context, user), act, isEmergency })
  }

  async function change({ request, response, user }: SignedInRequest): Promise<void> {
    const act = actIn(request)
    if (!act) return showRefusal(pages, response, new Refusal('not_found'), { user })
    if (act === 'on') await lockDown(context, storedReason(fieldOf(request, 'reason')), user.actor)
    else await liftLockdown(context, user.actor)
    response.redirect(303, at('/auth/admin/lockdown'))
  }

  return Router()
    .get('/lockdown', requireSignIn(pages, show))
    .get('/lockdown/:act', requireSignIn(pages, ask))
    .post('/lockdown/:act', requireRecentForm(pages, 'site.lockdown', change))
}

function actIn({ params }: Request): (typeof ACTS)[number] | undefined {
  return ACTS.find((act) => act === params.act)
}

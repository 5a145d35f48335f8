import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { endOfSuspension } from '../../core/incident/suspension.js'
import { storedReason } from '../../core/notices/notice.js'
import { isTokenKey } from '../../core/token/token.js'
import { suspensionsOf } from '../../storage/postgres/suspensions/suspensions.js'
import { listHeirs } from '../../storage/postgres/token-heirs.js'
import { liftSuspension } from '../../tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../tokens/incident/suspend.js'
import { descendantsOf, getToken } from '../../tokens/list.js'
import { fieldOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { alsoEnding, heirNames } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import { adminToken } from './token-row.js'
import { usernameIn } from './user.js'

type Act = 'suspend' | 'lift'

/** Suspends one token of any user, and lifts its suspension; each after a question, with a reason. */
export function adminSuspensionPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  function ask(act: Act) {
    return async ({ request, response, user }: SignedInRequest, isMissing = false): Promise<void> => {
      const { username, key } = tokenIn(request)
      const token = username && key && (await getToken(context, username, key))
      const suspension = token ? (await suspensionsOf(prisma, [token.key])).get(token.key) : undefined
      if (!token || (suspension !== undefined) !== (act === 'lift')) {
        return showRefusal(pages, response, new Refusal('not_found'), { user })
      }
      const words = wordsOf(response)
      await render(isMissing ? response.status(422) : response, 'admin/suspension', {
        layout: layoutOf(context, user),
        act,
        username: token.username,
        token: adminToken(token, words),
        until: suspension?.until ?? endOfSuspension(context.clock()),
        alsoEnds: alsoEnding(await descendantsOf(context, token), words),
        heirs: heirNames(await listHeirs(prisma, token.key), token.username, words),
        own: token.key === user.session.key,
        errors: isMissing ? [{ field: 'reason', message: words.text('admin.suspension.reasonMissing') }] : [],
      })
    }
  }

  function change(act: Act) {
    return async (asked: SignedInRequest): Promise<void> => {
      const { request, response, user } = asked
      const { username, key } = tokenIn(request)
      const reason = storedReason(fieldOf(request, 'reason'))
      if (reason === undefined) return ask(act)(asked, true)
      const target = username && key && (await getToken(context, username, key)) ? { username, key } : undefined
      if (!target) return showRefusal(pages, response, new Refusal('not_found'), { user })
      const actor = { ...user.actor, reason }
      const done =
        act === 'suspend'
          ? await suspendTokens(context, [target], { actor })
          : await liftSuspension(context, target, actor)
      if (done instanceof Refusal) return showRefusal(pages, response, done, { user })
      response.redirect(303, at(`/auth/admin/tokens/${key}`))
    }
  }

  const router = Router()
  for (const act of ['suspend', 'lift'] as const) {
    router
      .route(`/users/:username/tokens/:key/${act}`)
      .get(requireSignIn(pages, (asked) => ask(act)(asked)))
      .post(requireRecentForm(pages, 'token.revoke-for-others', change(act)))
  }
  return router
}

function tokenIn(request: Request) {
  const { key } = request.params
  return {
    username: usernameIn(request),
    key: typeof key === 'string' && isTokenKey(key) ? key : undefined,
  }
}

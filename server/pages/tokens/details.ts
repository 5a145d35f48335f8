import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { mergedHistory } from '../../core/incident/suspension.js'
import { hasExpired } from '../../core/token/lifetime.js'
import { isLasting } from '../../core/token/record.js'
import { isOld, isOldOf } from '../../core/token/rotation.js'
import { listSuspensionChanges } from '../../storage/postgres/suspensions/changes.js'
import { listHeirs } from '../../storage/postgres/token-heirs.js'
import { listTokenHistory } from '../../storage/postgres/token-history.js'
import { getUserToken, listUserTokens } from '../../storage/postgres/tokens.js'
import { descendantsOf } from '../../tokens/list.js'
import { revokeToken, revokeWithHeirs } from '../../tokens/revoke.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { alsoEnding, heirNames } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from './annotate.js'
import { cameFrom, namedHeirs } from './came-from.js'
import { duplicateLink } from './duplicate-link.js'
import { describeScopes } from './form.js'
import { keyOf } from './key-of.js'
import { useOf } from './use.js'
import type { ListedToken } from './view-models.js'

/** Each token's own page, and revoking it. */
export function tokenDetailsPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function showDetails({ request, response, user }: SignedInRequest): Promise<void> {
    const key = keyOf(request)
    const { username } = user.session
    const [live, history] = key
      ? await Promise.all([getUserToken(prisma, username, key), listTokenHistory(prisma, username, key)])
      : [undefined, []]
    const [last] = history
    const first = history.at(-1)
    if (!key || !last || !first) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const [mark, use, heirs, below, own, suspended] = await Promise.all([
      annotate(context, username),
      useOf(context, username, key),
      listHeirs(prisma, key),
      live ? descendantsOf(context, live) : [],
      live && isOld(live) ? listUserTokens(context.postgres, username) : [],
      listSuspensionChanges(prisma, username, key),
    ])
    // A token that has ended is told from its history: what it was last, and when it began.
    const token: ListedToken = (live && mark(live)) ?? {
      key: last.token,
      scopes: last.scopes,
      created: first.at,
      ...(last.tokenName !== undefined && { name: last.tokenName }),
      ...(last.expires !== undefined && { expires: last.expires }),
    }
    const expired = last.action === 'expire' || hasExpired(token.expires, context.clock())
    const words = wordsOf(response)
    const successor = own.find((each) => isOldOf(token, each))
    await render(response, 'tokens/details', {
      layout: layoutOf(context, user),
      token,
      scopes: describeScopes(context.settings, token.scopes),
      state: last.action === 'revoke' ? 'revoked' : expired ? 'expired' : token.suspension ? 'suspended' : 'live',
      canRotate: live !== undefined && !token.suspension && isLasting(live) && !expired && !successor,
      ...(successor && { successor }),
      duplicate: at(duplicateLink(token)),
      use,
      delegated: cameFrom(below, words),
      heirs: namedHeirs(heirs, username),
      history: mergedHistory(history, suspended),
    })
  }

  async function askRevoke({ request, response, user }: SignedInRequest): Promise<void> {
    const key = keyOf(request)
    const token = key && (await getUserToken(prisma, user.session.username, key))
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await render(response, 'tokens/revoke', {
      layout: layoutOf(context, user),
      token,
      alsoEnds: alsoEnding(await descendantsOf(context, token), wordsOf(response)),
      heirs: heirNames(await listHeirs(prisma, token.key), token.username, wordsOf(response)),
    })
  }

  async function revokeOne({ request, response, user }: SignedInRequest): Promise<void> {
    const key = keyOf(request)
    const { username } = user.session
    const revoke = fieldOf(request, 'heirs') === '' ? revokeToken : revokeWithHeirs
    const revoked = key ? await revoke(context, username, key, user.actor) : new Refusal('not_found')
    if (revoked instanceof Refusal) return showRefusal(pages, response, revoked, { user })
    response.redirect(303, at(`/auth/tokens?revoked=${key}`))
  }

  const router = Router()
  router.get('/auth/tokens/:key', requireSignIn(pages, showDetails))
  router.get('/auth/tokens/:key/revoke', requireSignIn(pages, askRevoke))
  router.post('/auth/tokens/:key/revoke', requireForm(pages, revokeOne))
  return router
}

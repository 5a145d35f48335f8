import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { hasExpired } from '../../core/token/lifetime.js'
import { isOtherPlaces } from '../../core/token/use-place.js'
import { listHeirs } from '../../storage/postgres/token-heirs.js'
import { listTokenHistory } from '../../storage/postgres/token-history.js'
import { listUsedFrom } from '../../storage/postgres/token-use-log.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { descendantsOf } from '../../tokens/list.js'
import { revokeToken, revokeWithHeirs } from '../../tokens/revoke.js'
import { fieldOf, requireForm, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { alsoEnding, heirNames } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from './annotate.js'
import { describeScopes } from './form.js'
import { keyOf } from './key-of.js'
import type { ListedToken } from './view-models.js'

/** Each token's own page, and revoking it. */
export function tokenDetailsPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function showDetails({ request, response, user }: SignedInRequest): Promise<void> {
    const key = keyOf(request)
    const { username } = user.session
    const [live, history, places] = key
      ? await Promise.all([
          getUserToken(prisma, username, key),
          listTokenHistory(prisma, username, key),
          listUsedFrom(context.postgres, username, key, PLACES + 1),
        ])
      : [undefined, [], []]
    const [last] = history
    const first = history.at(-1)
    if (!last || !first) return showRefusal(pages, response, new Refusal('not_found'), { user })
    // A token that has ended is told from its history: what it was last, and when it began.
    const mark = await annotate(context, username)
    const token: ListedToken = (live && mark(live)) ?? {
      key: last.token,
      scopes: last.scopes,
      created: first.at,
      ...(last.tokenName !== undefined && { name: last.tokenName }),
      ...(last.expires !== undefined && { expires: last.expires }),
    }
    const expired = last.action === 'expire' || hasExpired(token.expires, context.clock())
    await render(response, 'tokens/details', {
      layout: layoutOf(context, user),
      token,
      scopes: describeScopes(context.settings, token.scopes),
      state: last.action === 'revoke' ? 'revoked' : expired ? 'expired' : 'live',
      usedFrom: places.slice(0, PLACES).map((use) => ({ ...use, isOthers: isOtherPlaces(use) })),
      moreUses: places.length > PLACES,
      history,
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

/** How many places a token's page names: enough to see a stranger among them. */
const PLACES = 20

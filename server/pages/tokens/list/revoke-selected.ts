import { Router } from 'express'
import { Refusal } from '../../../core/access/refusal.js'
import { ancestry } from '../../../core/token/ancestry.js'
import { selectedKeys } from '../../../core/token-list/selection.js'
import { listHeirs } from '../../../storage/postgres/token-heirs.js'
import { findUserTokens } from '../../../storage/postgres/tokens.js'
import { delegatedOf } from '../../../tokens/imported/imported.js'
import { revokeSelected } from '../../../tokens/several/revoke-selected.js'
import { fieldOf, formOf, requireForm, requireSignIn, type SignedInRequest } from '../../account/require-sign-in.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { showRefusal } from '../../shared/error-page.js'
import { alsoEnding, heirNames } from '../../shared/format/labels.js'
import { layoutOf } from '../../shared/layout.js'
import { wordsOf } from '../../shared/reader.js'

/** Revoking the tokens that were ticked in the list: one question, then all of them or none. */
export function revokeSelectedPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const keys = selectedKeys(request.query.key)
    if (keys?.length === 0) return response.redirect(303, at('/auth/tokens'))
    const tokens = keys ? await findUserTokens(prisma, username, keys) : []
    // One that has ended meanwhile is not asked about; an address with none of the user's own is not one of theirs.
    if (tokens.length === 0) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const below = ancestry(await delegatedOf(context, username))
    const selected = new Set(tokens.map(({ key }) => key))
    const heirs = (await Promise.all(tokens.map(({ key }) => listHeirs(prisma, key)))).flat()
    const others = [...new Map(heirs.map((heir) => [heir.key, heir])).values()].filter(({ key }) => !selected.has(key))
    const words = wordsOf(response)
    await render(response, 'tokens/revoke-selected', {
      layout: layoutOf(context, user),
      tokens: tokens.map((token) => ({ ...token, alsoEnds: alsoEnding(below(token.key), words) })),
      heirs: heirNames(others, username, words),
    })
  }

  async function revoke({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const keys = selectedKeys(formOf(request).key)
    const withHeirs = fieldOf(request, 'heirs') !== ''
    const [first] = keys ?? []
    const revoked =
      keys && first !== undefined
        ? await revokeSelected(context, { username, keys, withHeirs }, user.actor)
        : new Refusal('not_found')
    if (revoked instanceof Refusal) return showRefusal(pages, response, revoked, { user })
    response.redirect(303, at(`/auth/tokens?revoked=${first}`))
  }

  const router = Router()
  router.get('/auth/tokens/revoke', requireSignIn(pages, ask))
  router.post('/auth/tokens/revoke', requireForm(pages, revoke))
  return router
}

import { Router } from 'express'
import { listEndlessTokens, listGrantedTokens } from '../../storage/postgres/token-review.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { adminToken } from './token-row.js'

/** How many each list shows. */
const MAX_TOKENS_SHOWN = 200

/** The tokens that neither their owner's groups nor an end take away: for an administrator to look at now and then. */
export function adminReviewPage(pages: PageServices): Router {
  const { context, render } = pages

  async function show({ response, user }: SignedInRequest): Promise<void> {
    const now = context.clock()
    const lists = await Promise.all([
      listGrantedTokens(context.postgres.prisma, now, MAX_TOKENS_SHOWN + 1),
      listEndlessTokens(context.postgres.prisma, MAX_TOKENS_SHOWN + 1),
    ])
    const [granted, endless] = lists.map((list) =>
      list.slice(0, MAX_TOKENS_SHOWN).map((each) => adminToken(each, wordsOf(response))),
    )
    await render(response, 'admin/review', {
      layout: layoutOf(context, user),
      granted: granted ?? [],
      endless: endless ?? [],
      ...(lists.some((list) => list.length > MAX_TOKENS_SHOWN) && { limit: MAX_TOKENS_SHOWN }),
    })
  }

  return Router().get('/review', requireSignIn(pages, show))
}

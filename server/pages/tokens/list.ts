import { type Request, Router } from 'express'
import { isTokenKey } from '../../core/token/token.js'
import { listNotices } from '../../storage/postgres/notices/notices.js'
import { listTokenHistory } from '../../storage/postgres/token-history.js'
import { listUserTokens } from '../../storage/postgres/tokens.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import { listedSession } from '../account/sessions.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import { paginate, spanOf } from '../shared/pagination.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from './annotate.js'
import { delegatedFrom } from './delegated-list.js'
import { listedNotices } from './notices.js'

/** The Security Tokens page. */
export function tokenListPage(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function showList({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const span = spanOf(request)
    const [found, sessions, mark, notice, list] = await Promise.all([
      listUserTokens(context.postgres, username, span),
      liveSessions(context, username),
      annotate(context, username),
      noticeFor(request, user),
      listNotices(context.postgres, username),
    ])
    const { shown, pages: neighbours } = paginate(found, span, at('/auth/tokens'))
    const userTokens = shown.map(mark)
    const notices = listedNotices(list, wordsOf(response))
    await render(response, 'tokens/list', {
      layout: layoutOf(context, user),
      userTokens,
      sessions: sessions.map((each) => listedSession(context.settings, each, user)),
      delegated: await delegatedFrom(context, username, [...userTokens, ...sessions], wordsOf(response)),
      ...neighbours,
      ...(notice !== undefined && { notice }),
      ...(notices && { notices }),
    })
  }

  /** Reads the notice from the history. Attack: a link must not make this page claim something. */
  async function noticeFor({ query }: Request, { session }: SignedInUser): Promise<string | undefined> {
    if (query.ended === 'one') return 'The session was logged out.'
    if (query.ended === 'others') return 'All other sessions were logged out.'
    if (typeof query.revoked !== 'string' || !isTokenKey(query.revoked)) return undefined
    const [last] = await listTokenHistory(prisma, session.username, query.revoked)
    return last?.action === 'revoke' ? `${last.tokenName ?? last.token} was revoked.` : undefined
  }

  return Router().get('/auth/tokens', requireSignIn(pages, showList))
}

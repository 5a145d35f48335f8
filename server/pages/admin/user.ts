import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { isUsername } from '../../core/people/identifiers.js'
import type { TokenRecord } from '../../core/token/record.js'
import { isTokenKey } from '../../core/token/token.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { isInHistory, listTokenHistory } from '../../storage/postgres/token-history.js'
import { listLivingTokens } from '../../storage/postgres/tokens.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { counted } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { paginate, spanOf } from '../shared/pagination.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from '../tokens/annotate.js'
import { delegatedFrom } from '../tokens/delegated-list.js'
import { adminToken } from './token-row.js'

/** Serves a user's credentials: account, sessions and tokens. */
export function adminUserPages(pages: PageServices): Router {
  const { context, render, at } = pages
  const { prisma } = context.postgres

  async function show({ request, response, user }: SignedInRequest): Promise<void> {
    const username = usernameIn(request)
    if (username === undefined || !(await isKnown(username))) {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    const now = context.clock()
    const span = spanOf(request)
    const words = wordsOf(response)
    const [account, found, sessions, mark, notice] = await Promise.all([
      findAccount(prisma, username),
      listLivingTokens(context.postgres, username, now, span),
      liveSessions(context, username),
      annotate(context, username),
      noticeFor(request, username),
    ])
    const { shown, pages: neighbours } = paginate(found, span, at(`/auth/admin/users/${username}`))
    const ofType = (type: TokenRecord['type']) =>
      shown.filter((token) => token.type === type).map((token) => adminToken(mark(token), words))
    await render(response, 'admin/user', {
      layout: layoutOf(context, user),
      username,
      userTokens: ofType('user'),
      serviceTokens: ofType('service'),
      sessions: sessions.map((session) => adminToken(mark({ ...session, expires: session.ends }), words)),
      delegated: (await delegatedFrom(context, username, [...shown, ...sessions], words)).map((each) =>
        adminToken(each, words),
      ),
      ...neighbours,
      ...(account && { account: factsOf(account) }),
      ...(notice !== undefined && { notice }),
    })
  }

  async function isKnown(username: string): Promise<boolean> {
    return (await findAccount(prisma, username)) !== undefined || isInHistory(prisma, username)
  }

  /** Reads the notice from the history. Attack: a link must not make this page claim something. */
  async function noticeFor({ query }: Request, username: string): Promise<string | undefined> {
    if (typeof query.ended === 'string' && /^\d{1,6}$/.test(query.ended)) {
      const count = Number(query.ended)
      return `${counted(count, 'token')} and sessions of ${username} ${count === 1 ? 'was' : 'were'} revoked.`
    }
    if (typeof query.revoked !== 'string' || !isTokenKey(query.revoked)) return undefined
    const [last] = await listTokenHistory(prisma, username, query.revoked)
    return last?.action === 'revoke' ? `${last.tokenName ?? last.token} was revoked.` : undefined
  }

  return Router().get('/users/:username', requireSignIn(pages, show))
}

/** The user name in the address, if it can be one. */
export function usernameIn({ params }: Request): string | undefined {
  const { username } = params
  return typeof username === 'string' && isUsername(username) ? username : undefined
}

/** The hash of the password has no business in a page. */
function factsOf({ passwordHash: _secret, ...facts }: NonNullable<Awaited<ReturnType<typeof findAccount>>>) {
  return facts
}

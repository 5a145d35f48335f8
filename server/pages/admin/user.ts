import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { isUsername } from '../../core/people/identifiers.js'
import type { TokenRecord } from '../../core/token/record.js'
import { isTokenKey } from '../../core/token/token.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { findNameHolder } from '../../storage/postgres/identity/name-holder.js'
import { findPersonRow } from '../../storage/postgres/people.js'
import { isInHistory, listTokenHistory } from '../../storage/postgres/token-history.js'
import { listLivingTokens } from '../../storage/postgres/tokens.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { delegatedOf } from '../../tokens/imported/imported.js'
import type { Words } from '../../words/words.js'
import { requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { paginate, spanOf } from '../shared/pagination.js'
import { wordsOf } from '../shared/reader.js'
import { annotate } from '../tokens/annotate.js'
import { delegatedFrom } from '../tokens/delegated-list.js'
import { ACCOUNT_ACTS, type AccountAct, possibleActs } from './accounts/possible.js'
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
    const [account, person, holder, acts, found, sessions, delegated, mark, notice] = await Promise.all([
      findAccount(prisma, username),
      findPersonRow(context.postgres, username),
      findNameHolder(prisma, username),
      possibleActs(context, username),
      listLivingTokens(context.postgres, username, now, span),
      liveSessions(context, username),
      delegatedOf(context, username),
      annotate(context, username),
      noticeFor(request, username, words),
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
      delegated: (await delegatedFrom(context, delegated, [...shown, ...sessions], words)).map((each) =>
        adminToken(each, words),
      ),
      ...neighbours,
      isOwn: username === user.session.username,
      acts: acts.filter((act) => act !== 'sign-out' || sessions.length > 0),
      ...(account && { account: factsOf(account) }),
      ...(holder?.is === 'person' && person && { person: { ...person, source: holder.provider } }),
      ...(notice !== undefined && { notice }),
    })
  }

  async function isKnown(username: string): Promise<boolean> {
    return (await findPersonRow(context.postgres, username)) !== undefined || isInHistory(prisma, username)
  }

  /** Reads the notice from the history and the account. Attack: a link must not make this page claim something. */
  async function noticeFor({ query }: Request, username: string, words: Words): Promise<string | undefined> {
    if (typeof query.ended === 'string' && /^\d{1,6}$/.test(query.ended)) {
      return words.text('admin.user.ended', { count: Number(query.ended), username })
    }
    const done = ACCOUNT_ACTS.find((act) => act === query.done)
    if (done !== undefined) return (await isDone(done, username)) ? words.text(`admin.user.done.${done}`) : undefined
    if (typeof query.revoked !== 'string' || !isTokenKey(query.revoked)) return undefined
    const [last] = await listTokenHistory(prisma, username, query.revoked)
    return last?.action === 'revoke'
      ? words.text('admin.user.revoked', { name: last.tokenName ?? last.token })
      : undefined
  }

  /** Returns whether the state of an account is the one that an act leaves. */
  async function isDone(act: AccountAct, username: string): Promise<boolean> {
    if (act === 'sign-out') return (await liveSessions(context, username)).length === 0
    const opposite = act === 'disable' ? 'enable' : act === 'enable' ? 'disable' : undefined
    const possible = await possibleActs(context, username)
    return opposite === undefined ? !possible.includes(act) : possible.includes(opposite)
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

import { type Request, type Response, Router } from 'express'
import type { GuardedAct } from '../../core/access/reauthentication.js'
import { Refusal } from '../../core/access/refusal.js'
import { storedReason } from '../../core/notices/notice.js'
import type { ReasonedActor } from '../../core/token/history.js'
import { TOKEN_TYPES, type TokenRecord } from '../../core/token/record.js'
import { isTokenKey } from '../../core/token/token.js'
import { clearSessionCookie } from '../../login/browser/session-cookie.js'
import { findAccount } from '../../storage/postgres/accounts.js'
import { listHeirs } from '../../storage/postgres/token-heirs.js'
import { descendantsOf, getToken, listTokens } from '../../tokens/list.js'
import { revokeToken, revokeWithHeirs } from '../../tokens/revoke.js'
import { revokeEverything } from '../../tokens/revoke-everything.js'
import type { Words } from '../../words/words.js'
import { fieldOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { alsoEnding, heirNames } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import { adminToken } from './token-row.js'
import { usernameIn } from './user.js'

/** Serves the revocation of one token of any user, or of all of a user's. */
export function adminRevokePages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const { username, key } = tokenIn(request)
    const token = username && key && (await getToken(context, username, key))
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const words = wordsOf(response)
    await render(response, 'admin/revoke', {
      layout: layoutOf(context, user),
      username: token.username,
      token: adminToken(token, words),
      alsoEnds: alsoEnding(await descendantsOf(context, token), words),
      heirs: heirNames(await listHeirs(context.postgres.prisma, token.key), token.username, words),
      own: token.key === user.session.key,
    })
  }

  async function revokeOne({ request, response, user }: SignedInRequest): Promise<void> {
    const { username, key } = tokenIn(request)
    const revoke = fieldOf(request, 'heirs') === '' ? revokeToken : revokeWithHeirs
    const ended =
      username && key ? await revoke(context, username, key, withReason(request, user)) : new Refusal('not_found')
    if (ended instanceof Refusal) return showRefusal(pages, response, ended, { user })
    if (key === user.session.key) return signedOut(response)
    response.redirect(303, at(`/auth/admin/users/${username}?revoked=${key}`))
  }

  async function askAll({ request, response, user }: SignedInRequest): Promise<void> {
    const username = usernameIn(request)
    const tokens = username === undefined ? [] : await listTokens(context, username)
    if (username === undefined || tokens.length === 0) {
      return showRefusal(pages, response, new Refusal('not_found'), { user })
    }
    const account = await findAccount(context.postgres.prisma, username)
    await render(response, 'admin/revoke-everything', {
      layout: layoutOf(context, user),
      username,
      ends: countedByKind(tokens, wordsOf(response)),
      own: username === user.session.username,
      active: account !== undefined && account.disabled === undefined,
    })
  }

  async function revokeAllOfUser({ request, response, user }: SignedInRequest): Promise<void> {
    const username = usernameIn(request)
    if (username === undefined) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const count = await revokeEverything(context, username, withReason(request, user))
    if (username === user.session.username) return signedOut(response)
    response.redirect(303, at(`/auth/admin/users/${username}?ended=${count}`))
  }

  /** Redirects administrators who revoked their own session: they have no page to return to. */
  function signedOut(response: Response): void {
    clearSessionCookie(response, context.settings)
    response.redirect(303, context.settings.afterLogoutUrl?.href ?? at('/login'))
  }

  const router = Router()
  router
    .route('/users/:username/tokens/:key/revoke')
    .get(requireSignIn(pages, ask))
    .post(requireRecentForm(pages, actOfRevocation, revokeOne))
  router
    .route('/users/:username/revoke-all')
    .get(requireSignIn(pages, askAll))
    .post(requireRecentForm(pages, actOfRevocation, revokeAllOfUser))
  return router
}

/** Administrators revoke their own tokens and sessions at any time, as all users do. */
function actOfRevocation({ request, user }: SignedInRequest): GuardedAct | undefined {
  return usernameIn(request) === user.session.username ? undefined : 'token.revoke-for-others'
}

function withReason(request: Request, { actor }: SignedInUser): ReasonedActor {
  const reason = storedReason(fieldOf(request, 'reason'))
  return { ...actor, ...(reason !== undefined && { reason }) }
}

function tokenIn(request: Request) {
  const { key } = request.params
  return {
    username: usernameIn(request),
    key: typeof key === 'string' && isTokenKey(key) ? key : undefined,
  }
}

/** `3 user tokens`, `1 web session`: the types in the order of their table. */
function countedByKind(tokens: readonly TokenRecord[], words: Words): string[] {
  return TOKEN_TYPES.map((type) => ({ type, count: tokens.filter((token) => token.type === type).length }))
    .filter(({ count }) => count > 0)
    .map(({ type, count }) => words.text('delegated.kinds', { type, count }))
}

import { type Request, type Response, Router } from 'express'
import { Refusal } from '../core/refusal.js'
import { isTokenKey } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import { clearSessionCookie } from '../login/session-cookie.js'
import { findAccount } from '../stores/accounts.js'
import { descendantsOf } from '../tokens/descendants.js'
import { getToken, listTokens } from '../tokens/list.js'
import { revokeToken } from '../tokens/revoke.js'
import { revokeAll } from '../tokens/revoke-all.js'
import { adminToken } from './admin-token.js'
import { usernameIn } from './admin-user-pages.js'
import { forForm, forPerson } from './for-person.js'
import { counted } from './format/count.js'
import { alsoEnding } from './format/descendants.js'
import { TOKEN_KINDS } from './format/token-kinds.js'
import { frameOf } from './frame.js'
import { showRefusal } from './message.js'
import type { Pages, Person } from './person.js'

/** Ending one token of anybody, of whatever type, or all that somebody has. */
export function adminRevokePages(pages: Pages): Router {
  const { context, render } = pages

  async function ask(request: Request, response: Response, person: Person): Promise<void> {
    const { username, key } = tokenIn(request)
    const token = username && key && (await getToken(context, username, key))
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { person })
    await render(response, 'admin-revoke', {
      frame: frameOf(context, person),
      username: token.username,
      token: adminToken(token),
      alsoEnds: alsoEnding(await descendantsOf(context, token)),
      own: token.key === person.session.key,
    })
  }

  async function revoke(request: Request, response: Response, person: Person): Promise<void> {
    const { username, key } = tokenIn(request)
    const ended = username && key ? await revokeToken(context, username, key, person.actor) : new Refusal('not_found')
    if (ended instanceof Refusal) return showRefusal(pages, response, ended, { person })
    if (ended.key === person.session.key) return signedOut(response)
    response.redirect(303, `/auth/admin/users/${username}?revoked=${key}`)
  }

  async function askAll(request: Request, response: Response, person: Person): Promise<void> {
    const username = usernameIn(request)
    const tokens = username === undefined ? [] : await listTokens(context, username)
    if (username === undefined || tokens.length === 0) {
      return showRefusal(pages, response, new Refusal('not_found'), { person })
    }
    const account = await findAccount(context.postgres.prisma, username)
    await render(response, 'admin-revoke-all', {
      frame: frameOf(context, person),
      username,
      ends: countedByKind(tokens),
      own: username === person.session.username,
      active: account !== undefined && account.disabled === undefined,
    })
  }

  async function revokeEverything(request: Request, response: Response, person: Person): Promise<void> {
    const username = usernameIn(request)
    if (username === undefined) return showRefusal(pages, response, new Refusal('not_found'), { person })
    const count = await revokeAll(context, username, person.actor)
    if (username === person.session.username) return signedOut(response)
    response.redirect(303, `/auth/admin/users/${username}?ended=${count}`)
  }

  /** Whoever ended their own session has no page to come back to. */
  function signedOut(response: Response): void {
    clearSessionCookie(response, context.settings)
    response.redirect(303, context.settings.afterLogoutUrl?.href ?? '/login')
  }

  const router = Router()
  router.route('/users/:username/tokens/:key/revoke').get(forPerson(pages, ask)).post(forForm(pages, revoke))
  router.route('/users/:username/revoke-all').get(forPerson(pages, askAll)).post(forForm(pages, revokeEverything))
  return router
}

function tokenIn(request: Request) {
  const { key } = request.params
  return {
    username: usernameIn(request),
    key: typeof key === 'string' && isTokenKey(key) ? key : undefined,
  }
}

/** `3 user tokens`, `1 web session`: the types in the order of their table. */
function countedByKind(tokens: readonly TokenRecord[]): string[] {
  return Object.entries(TOKEN_KINDS)
    .map(([type, kind]) => ({ kind, count: tokens.filter((token) => token.type === type).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => counted(count, kind.charAt(0).toLowerCase() + kind.slice(1)))
}

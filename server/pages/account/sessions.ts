import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { isLasting } from '../../core/token/record.js'
import { homeOf, isTokenKey, type TokenKey } from '../../core/token/token.js'
import { userAgentName } from '../../core/user-agent.js'
import { clearSessionCookie } from '../../login/browser/session-cookie.js'
import { setSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import { providerTitles } from '../../settings/providers/titles.js'
import type { Settings } from '../../settings/schema.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { type LiveSession, liveSessions } from '../../tokens/idle-timeout.js'
import { endSessions, revokeToken } from '../../tokens/revoke.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import type { ListedSession } from '../tokens/view-models.js'
import { requireForm, requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices, SignedInUser } from './signed-in-user.js'

/** Ending one's web sessions: this one, another, or all the others. */
export function sessionPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function end({ request, response, user }: SignedInRequest): Promise<void> {
    const { key } = request.params
    const isSession = typeof key === 'string' && isTokenKey(key) && (await isEndedHere(user.session.username, key))
    const ended = isSession
      ? await revokeToken(context, user.session.username, key, user.actor)
      : new Refusal('not_found')
    if (ended instanceof Refusal) return showRefusal(pages, response, ended, { user })
    if (ended.type !== 'session') return response.redirect(303, at(`/auth/tokens?revoked=${ended.key}`))
    if (ended.key !== user.session.key) return response.redirect(303, at('/auth/tokens?ended=one'))
    clearSessionCookie(response, context.settings)
    setSignedOutMarker(response, context.settings)
    response.redirect(303, context.settings.afterLogoutUrl?.href ?? at('/login'))
  }

  /** A token in Redis, or an imported session or delegated token; user tokens have a page of their own for it. */
  async function isEndedHere(username: string, key: TokenKey): Promise<boolean> {
    if (homeOf(key) === 'redis') return true
    const token = await getUserToken(context.postgres.prisma, username, key)
    return token !== undefined && !isLasting(token)
  }

  async function askEndOthers({ response, user }: SignedInRequest): Promise<void> {
    const sessions = await liveSessions(context, user.session.username)
    const others = sessions.map((each) => listedSession(context.settings, each, user)).filter(({ current }) => !current)
    await render(response, 'account/end-other-sessions', { layout: layoutOf(context, user), others })
  }

  async function endOthers({ response, user: { session, actor } }: SignedInRequest): Promise<void> {
    await endSessions(context, session.username, actor, session.key)
    response.redirect(303, at('/auth/tokens?ended=others'))
  }

  const router = Router()
  // The menu leads here and not to the anchor: a new token is shown at that very address, and would just stay there.
  router.get('/auth/sessions', (_request, response) => response.redirect(303, at('/auth/tokens#web-sessions')))
  router.get('/auth/sessions/end-others', requireSignIn(pages, askEndOthers))
  router.post('/auth/sessions/end-others', requireForm(pages, endOthers))
  router.post('/auth/sessions/:key/end', requireForm(pages, end))
  return router
}

export function listedSession(settings: Settings, session: LiveSession, user: SignedInUser): ListedSession {
  const { key, created, address, client } = session
  const lastUsed = session.lastUsed ?? { at: created, ...(address && { address }) }
  const through = throughOf(settings, session.provider)
  const [browser, usedWith] = [client, lastUsed.client ?? client].map(userAgentName)
  return {
    key,
    created,
    lastUsed,
    expires: session.ends,
    browser: browser ?? '',
    current: key === user.session.key,
    ...(through !== undefined && { through }),
    ...(address && address !== lastUsed.address && { signedInFrom: address }),
    ...(usedWith !== undefined && usedWith !== browser && { usedWith }),
  }
}

/** Names the way of a sign-in as the sign-in page does; undefined where there is only one. */
function throughOf(settings: Settings, provider: string | undefined): string | undefined {
  const titles = providerTitles(settings)
  if (provider !== undefined) return titles.get(provider) ?? provider
  return titles.size > 0 ? 'a password' : undefined
}

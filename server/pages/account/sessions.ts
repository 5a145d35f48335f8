import { type Request, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { ancestry } from '../../core/token/ancestry.js'
import { isLasting } from '../../core/token/record.js'
import { homeOf, isTokenKey, type TokenKey } from '../../core/token/token.js'
import { clearSessionCookie } from '../../login/browser/session-cookie.js'
import { setSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import { providerTitles } from '../../settings/providers/titles.js'
import type { Settings } from '../../settings/schema.js'
import { getUserToken, listUserTokens } from '../../storage/postgres/tokens.js'
import { type LiveSession, liveSessions } from '../../tokens/idle-timeout.js'
import { delegatedOf } from '../../tokens/imported/imported.js'
import { endSessions, revokeToken } from '../../tokens/revoke.js'
import { browserName } from '../../words/client-name.js'
import type { Words } from '../../words/words.js'
import { showRefusal } from '../shared/error-page.js'
import { alsoEnding } from '../shared/format/labels.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { delegatedFrom } from '../tokens/delegated-list.js'
import type { ListedSession } from '../tokens/view-models.js'
import { requireForm, requireSignIn, type SignedInRequest } from './require-sign-in.js'
import type { PageServices, SignedInUser } from './signed-in-user.js'

/** Ending one's web sessions: this one, another, or all the others; and the tokens of notebooks and services. */
export function sessionPages(pages: PageServices): Router {
  const { context, render, at } = pages

  async function askEnd({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const words = wordsOf(response)
    const key = await keyEndedHere(request, username)
    if (!key) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const [sessions, tokens, all] = await Promise.all([
      liveSessions(context, username),
      listUserTokens(context.postgres, username),
      delegatedOf(context, username),
    ])
    const session = sessions.find((each) => each.key === key)
    const delegated = await delegatedFrom(context, all, [...tokens, ...sessions], words)
    const token = delegated.find((each) => each.key === key)
    if (!session && !token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await render(response, 'account/end-session', {
      layout: layoutOf(context, user),
      alsoEnds: alsoEnding(ancestry(delegated)(key), words),
      ...(session ? { session: listedSession(context.settings, session, user, words) } : { token }),
    })
  }

  async function end({ request, response, user }: SignedInRequest): Promise<void> {
    const key = await keyEndedHere(request, user.session.username)
    const ended = key ? await revokeToken(context, user.session.username, key, user.actor) : new Refusal('not_found')
    if (ended instanceof Refusal) return showRefusal(pages, response, ended, { user })
    if (ended.type !== 'session') return response.redirect(303, at(`/auth/tokens?revoked=${ended.key}`))
    if (ended.key !== user.session.key) return response.redirect(303, at('/auth/tokens?ended=one'))
    clearSessionCookie(response, context.settings)
    setSignedOutMarker(response, context.settings)
    response.redirect(303, context.settings.afterLogoutUrl?.href ?? at('/login'))
  }

  /** Returns the key of a token in Redis, or of an imported session or delegated token; user tokens have a page of their own for it. */
  async function keyEndedHere({ params: { key } }: Request, username: string): Promise<TokenKey | undefined> {
    if (typeof key !== 'string' || !isTokenKey(key)) return undefined
    if (homeOf(key) === 'redis') return key
    const token = await getUserToken(context.postgres.prisma, username, key)
    return token !== undefined && !isLasting(token) ? key : undefined
  }

  async function askEndOthers({ response, user }: SignedInRequest): Promise<void> {
    const sessions = await liveSessions(context, user.session.username)
    const words = wordsOf(response)
    const others = sessions
      .map((each) => listedSession(context.settings, each, user, words))
      .filter(({ current }) => !current)
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
  router.get('/auth/sessions/:key/end', requireSignIn(pages, askEnd))
  router.post('/auth/sessions/:key/end', requireForm(pages, end))
  return router
}

/** Describes a session for the list and for the questions. */
export function listedSession(
  settings: Settings,
  session: LiveSession,
  user: SignedInUser,
  words: Words,
): ListedSession {
  const { key, created, address, client } = session
  const lastUsed = session.lastUsed ?? { at: created, ...(address && { address }) }
  const through = throughOf(settings, session.provider, words)
  const [browser, usedWith] = [client, lastUsed.client ?? client].map((each) => browserName(each, words))
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
function throughOf(settings: Settings, provider: string | undefined, words: Words): string | undefined {
  const titles = providerTitles(settings)
  if (provider !== undefined) return titles.get(provider) ?? provider
  return titles.size > 0 ? words.text('account.sessions.password') : undefined
}

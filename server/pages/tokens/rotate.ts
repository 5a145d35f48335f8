import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { DEFAULT_OVERLAP, hasExpired } from '../../core/token/lifetime.js'
import { isLasting, type TokenRecord } from '../../core/token/record.js'
import { overlapChoices, renewedEnd } from '../../core/token/rotation.js'
import { getUserToken } from '../../storage/postgres/tokens.js'
import { rotateToken } from '../../tokens/rotate.js'
import { fieldOf, requireSignIn, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import { requireRecentForm } from '../sign-in/ask-again.js'
import { newToken } from './created.js'
import { keyOf } from './key-of.js'

interface RotateForm {
  readonly token: TokenRecord
  /** The overlap that was asked for, as it came. */
  readonly wanted?: string
  readonly mistake?: string
}

/** Rotating a token: a question, then the one page that ever shows the new token. */
export function tokenRotatePages(pages: PageServices): Router {
  const { context, render } = pages

  async function find(request: Request, user: SignedInUser): Promise<TokenRecord | undefined> {
    const key = keyOf(request)
    const token = key && (await getUserToken(context.postgres.prisma, user.session.username, key))
    return token && isLasting(token) && !hasExpired(token.expires, context.clock()) ? token : undefined
  }

  async function showForm(
    response: Response,
    user: SignedInUser,
    { token, wanted, mistake }: RotateForm,
  ): Promise<void> {
    const now = context.clock()
    const renewed = renewedEnd(token, context.settings.tokenPolicy.user ?? {}, now)
    const overlaps = overlapChoices(token.expires, now)
    const longest = overlaps.at(-1)?.overlap ?? 0
    const chosen = overlaps.find(({ overlap }) => String(overlap) === wanted)?.overlap
    await render(response, 'tokens/rotate', {
      layout: layoutOf(context, user),
      token,
      overlaps,
      chosen: chosen ?? Math.min(DEFAULT_OVERLAP, longest),
      ...(token.expires !== undefined && renewed !== undefined && { renewed }),
      errors: mistake === undefined ? [] : [{ field: 'overlap', message: mistake }],
    })
  }

  async function ask({ request, response, user }: SignedInRequest): Promise<void> {
    const token = await find(request, user)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    await showForm(response, user, { token, wanted: String(request.query.overlap) })
  }

  async function rotate({ request, response, user }: SignedInRequest): Promise<void> {
    const token = await find(request, user)
    if (!token) return showRefusal(pages, response, new Refusal('not_found'), { user })
    const asked = fieldOf(request, 'overlap')
    const chosen = overlapChoices(token.expires, context.clock()).find(({ overlap }) => String(overlap) === asked)
    if (!chosen) {
      const mistake = wordsOf(response).text('tokens.rotate.unchosen')
      return showForm(response.status(422), user, { token, mistake })
    }
    const { username, key } = token
    const wanted = { username, key, overlap: chosen.overlap, renew: fieldOf(request, 'renew') === 'yes' }
    const rotated = await rotateToken(context, wanted, { ...user.actor, maker: user.session })
    if (rotated instanceof Refusal) {
      if (rotated.code === 'not_found') return showRefusal(pages, response, rotated, { user })
      return showForm(response.status(rotated.status), user, {
        token,
        wanted: asked,
        mistake: refusalText(rotated, wordsOf(response)).message,
      })
    }
    await render(response.status(201), 'tokens/created', {
      layout: layoutOf(context, user),
      ...newToken(context.settings, rotated, wordsOf(response)),
    })
  }

  const router = Router()
  router
    .route('/auth/tokens/:key/rotate')
    .get(requireSignIn(pages, ask))
    .post(requireRecentForm(pages, 'token.rotate', rotate))
  return router
}

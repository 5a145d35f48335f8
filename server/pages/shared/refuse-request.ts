import type { Request, Response } from 'express'
import { Refusal, type RefusalCode } from '../../core/access/refusal.js'
import { type PageServices, type SignedInUser, signedInUser } from '../account/signed-in-user.js'
import { showRefusal } from './error-page.js'
import { layoutOf } from './layout.js'
import { wordsOf } from './reader.js'
import type { ErrorPage } from './view-models.js'

/** Refusals for which the stores were asked in vain: they would be asked again for the session. */
const WITHOUT_STORES: readonly RefusalCode[] = ['store_unavailable', 'user_info_failed', 'restore_unconfirmed']

const ADMINISTRATION = /^\/auth\/admin(?:\/|$)/

interface RefusedRequest extends Partial<Pick<ErrorPage, 'reference' | 'link'>> {
  readonly request: Request
  readonly response: Response
  readonly refusal: Refusal
}

/** Answers a refusal where no controller knows the user: with their menu, or they would believe themselves signed out. */
export async function refuseRequest(
  pages: PageServices,
  { request, response, refusal, ...shown }: RefusedRequest,
): Promise<void> {
  const user = WITHOUT_STORES.includes(refusal.code) ? undefined : await userOf(pages, request)
  await showRefusal(pages, response, refusal, { ...(user && { user }), ...shown })
}

/**
 * Answers that there is no such page. Below `/auth/admin` a user who is no administrator reads that instead.
 *
 * Attack: a user probes for pages, users or tokens there. The answer is the same below the whole path, whether or not
 * there is such a page.
 */
export async function answerNotFound(pages: PageServices, request: Request, response: Response): Promise<void> {
  const user = await userOf(pages, request)
  const own = user && ADMINISTRATION.test(request.path) ? forAdministrators(pages, response, user) : {}
  await showRefusal(pages, response, new Refusal('not_found'), { ...(user && { user }), ...own })
}

function forAdministrators({ context }: PageServices, response: Response, user: SignedInUser): Partial<ErrorPage> {
  if (layoutOf(context, user).user?.administers === 'everything') return {}
  const words = wordsOf(response)
  const { username } = user.session
  return {
    heading: words.text('layout.administrators.heading'),
    what: words.text('layout.administrators.what', { username }),
    remedy: words.text('layout.administrators.remedy'),
  }
}

/** The user of a session, for the menu: without an answer of the stores there is none, and the page is shown even so. */
async function userOf(pages: PageServices, request: Request): Promise<SignedInUser | undefined> {
  return signedInUser(pages, request).catch(() => undefined)
}

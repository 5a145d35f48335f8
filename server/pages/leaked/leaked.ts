import { type Request, type Response, Router } from 'express'
import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import type { NetworkThrottle } from '../../storage/redis/throttle.js'
import { reportLeaked } from '../../tokens/leaked/report.js'
import { atTheSameTime } from '../../tokens/leaked/same-time.js'
import { fieldOf } from '../account/require-sign-in.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'

/**
 * Serves `/auth/leaked`: *I found a token*. It needs no sign-in and no CSRF token: a finder has no session, and a page of
 * another site that sends a whole token could send it from anywhere.
 */
export function leakedPages(pages: PageServices, throttle: NetworkThrottle): Router {
  const { context, render } = pages

  async function ask(request: Request, response: Response): Promise<void> {
    const layout = layoutOf(context, await signedInUser(pages, request))
    await render(response, 'leaked/leaked', { layout, received: false })
  }

  async function submit(request: Request, response: Response): Promise<void> {
    const wait = await throttle.count(request.ip)
    if (wait !== undefined) {
      response.set('Retry-After', String(wait))
      return showRefusal(pages, response, new Refusal('rate_limited'), {
        what: wordsOf(response).text('leaked.slowed.what'),
        remedy: wordsOf(response).text('signIn.retry', { seconds: wait }),
      })
    }
    await atTheSameTime(reportLeaked(context, { text: fieldOf(request, 'token'), from: actorOf(request, 'page') }))
    // Read afterwards: the reported token may be the very session of this browser.
    const layout = layoutOf(context, await signedInUser(pages, request))
    await render(response, 'leaked/leaked', { layout, received: true })
  }

  const router = Router()
  router.route('/auth/leaked').get(ask).post(submit)
  return router
}

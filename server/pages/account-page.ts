import type { RequestHandler } from 'express'
import { findPerson } from '../people/directory.js'
import { forPerson } from './for-person.js'
import { browserName } from './format/browser.js'
import { frameOf } from './frame.js'
import type { Pages } from './person.js'
import { describeScopes } from './token-form.js'

/** `GET /info`: what the site knows of whoever is looking, and what they may do. */
export function accountPage(pages: Pages): RequestHandler {
  const { context, render } = pages
  return forPerson(pages, async (request, response, person) => {
    const { session } = person
    const known = await findPerson(context, session.username)
    await render(response, 'account', {
      frame: frameOf(context, person),
      username: session.username,
      scopes: describeScopes(context.settings, session.scopes),
      groups: known?.groups ?? [],
      browser: browserName(request.headers['user-agent']),
      signedIn: session.created,
      ...(known?.name !== undefined && { name: known.name }),
      ...(session.email !== undefined && { email: session.email }),
      ...(known?.uid !== undefined && { uid: known.uid }),
      ...(session.expires !== undefined && { expires: session.expires }),
    })
  })
}

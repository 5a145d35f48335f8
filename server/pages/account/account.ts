import type { RequestHandler } from 'express'
import { findPerson } from '../../people/find-person.js'
import { browserName } from '../shared/format/user-agent.js'
import { frameOf } from '../shared/layout.js'
import { describeScopes } from '../tokens/form.js'
import { forPerson } from './require-sign-in.js'
import type { Pages } from './signed-in-user.js'

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

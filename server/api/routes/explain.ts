import { Refusal } from '../../core/access/refusal.js'

import { explain } from '../../explain/explain.js'
import { readExplainedUrl } from '../../explain/explained-url.js'
import { mayActOn } from '../authorize-caller.js'
import { sendRefusal } from '../error-body.js'
import { route } from '../route.js'
import { explanations, question, sentExplanations } from '../schemas/explanation.js'

/** Explains what an address needs, and which tokens it admits. Gafaelfawr lacks it. */
export const explainRoute = route({
  method: 'post',
  path: '/explain',
  access: { readOnly: true },
  summary: 'Explain what an address needs, and which tokens pass it',
  body: question,
  responses: { 200: { description: 'The locations, what they need, and each token', body: explanations } },
  async handle({ context, caller, body, request, response }) {
    const { token } = caller
    if (!token) return sendRefusal(response, new Refusal('permission_denied'))
    const { baseUrl } = context.settings
    const username = body.username ?? caller.username
    const sees = mayActOn(caller, username)
    if (username !== caller.username && sees) return sendRefusal(response, sees)
    const key = body.token ?? (sees ? token.key : undefined)
    const url = body.url === undefined ? undefined : readExplainedUrl(body.url, baseUrl)
    const found = await explain(context, {
      request: {
        method: body.method,
        address: body.address ?? request.ip,
        at: body.at ?? context.clock(),
        ...(url && { url: url.href }),
      },
      username,
      ...(body.requirement !== undefined && { requirement: body.requirement }),
      ...(username === caller.username && { held: token.scopes }),
      // Attack: a token of a service lists the other tokens of its user. Without user:token it is told of itself.
      of: (each) => key === undefined || (each.key === key && (!sees || key === token.key)),
      withSession: username !== caller.username && body.token === undefined,
    })
    if (found instanceof Refusal) return sendRefusal(response, found, ['body', 'requirement'])
    response.json(sentExplanations(baseUrl, found))
  },
})

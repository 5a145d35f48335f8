import { csrfToken } from '../../login/browser/csrf.js'
import { getToken } from '../../tokens/list.js'
import { route } from '../route.js'
import * as responses from '../schemas/responses.js'
import { loginInfo } from '../schemas/responses.js'
import { tokenInfo } from '../schemas/token-info.js'
import { userInfo } from '../schemas/user-info.js'
/** Routes about the calling token and its owner. */
export const selfRoutes = [
  route({
    method: 'get',
    path: '/token-info',
    access: { anywhere: true },
    summary: 'Describe the calling token',
    responses: { 200: { description: 'The token', body: responses.tokenInfo } },
    async handle({ context, caller, response }) {
      if (!caller.token) return
      const { username, key } = caller.token
      const { lastUsed } = (await getToken(context, username, key)) ?? {}
      response.json(tokenInfo({ ...caller.token, ...(lastUsed && { lastUsed }) }))
    },
  }),
  route({
    method: 'get',
    path: '/user-info',
    access: { anywhere: true },
    summary: 'Describe the calling user',
    responses: { 200: { description: 'The owner of the token', body: responses.userInfo } },
    async handle({ context, caller, response }) {
      response.json(await userInfo(context, caller.token ?? caller))
    },
  }),
]

/** Serves GET /login: the CSRF token and the user, for pages. Only the session cookie is accepted. */
export const loginRoute = route({
  method: 'get',
  path: '/login',
  access: { cookieOnly: true },
  summary: 'Get the identity and the CSRF token of the signed-in user, for a page',
  responses: { 200: { description: 'The signed-in user and the CSRF token', body: loginInfo } },
  async handle({ context, caller, response }) {
    const scopes = [...context.settings.knownScopes].map(([name, description]) => ({ name, description }))
    response.json({
      csrf: caller.token && csrfToken(context.keys, caller.token.key),
      username: caller.username,
      scopes: caller.scopes,
      config: { scopes },
    })
  },
})

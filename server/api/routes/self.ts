import { csrfToken } from '../../login/browser/csrf.js'
import { getToken } from '../../tokens/list.js'
import { route } from '../route.js'
import * as answers from '../schemas/responses.js'
import { loginInfo } from '../schemas/responses.js'
import { tokenInfo } from '../schemas/token-info.js'
import { userInfo } from '../schemas/user-info.js'
/** What a token is, and whose. */
export const selfRoutes = [
  route({
    method: 'get',
    path: '/token-info',
    access: {},
    summary: 'What the token is that the call is made with',
    responses: { 200: { description: 'The token', body: answers.tokenInfo } },
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
    access: {},
    summary: 'Who is calling',
    responses: { 200: { description: 'The owner of the token', body: answers.userInfo } },
    async handle({ context, caller, response }) {
      response.json(await userInfo(context, caller.token ?? caller))
    },
  }),
]

/** GET /login: what a page needs to act for whoever is signed in. The session cookie alone counts. */
export const loginRoute = route({
  method: 'get',
  path: '/login',
  access: { cookieOnly: true },
  summary: 'What a page needs to act for whoever is signed in',
  responses: { 200: { description: 'Who is signed in, and the word to act with', body: loginInfo } },
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

import { csrfToken } from '../login/csrf.js'
import { loginInfo } from './answers.js'
import { route } from './route.js'

/** GET /login: what a page needs to act for whoever is signed in. The session cookie alone counts. */
export const loginRoute = route({
  method: 'get',
  path: '/login',
  access: { cookieOnly: true },
  summary: 'What a page needs to act for whoever is signed in',
  responses: { 200: { says: 'Who is signed in, and the word to act with', body: loginInfo } },
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

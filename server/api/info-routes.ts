import { getToken } from '../tokens/list.js'
import * as answers from './answers.js'
import { route } from './route.js'
import { tokenInfo } from './token-info.js'
import { userInfo } from './user-info.js'

/** What a token is, and whose. */
export const infoRoutes = [
  route({
    method: 'get',
    path: '/token-info',
    access: {},
    summary: 'What the token is that the call is made with',
    responses: { 200: { says: 'The token', body: answers.tokenInfo } },
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
    responses: { 200: { says: 'The owner of the token', body: answers.userInfo } },
    async handle({ context, caller, response }) {
      response.json(await userInfo(context, caller.token ?? caller))
    },
  }),
]

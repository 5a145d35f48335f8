import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import type { TokenRecord } from '../../core/token/record.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { searchHistory } from '../../storage/postgres/token-history-search.js'
import { createUserToken, type TokenRequest } from '../../tokens/create-user-token.js'
import { adminEdit, editUserToken } from '../../tokens/edit.js'
import { getToken, listTokens } from '../../tokens/list.js'
import { revokeToken } from '../../tokens/revoke.js'
import { sendNoSuchToken, sendRefusal } from '../error-body.js'
import { nameTaken, noSuchToken } from '../openapi/error-responses.js'
import { type Call, route } from '../route.js'
import { changeEntry } from '../schemas/history-entry.js'
import { newUserToken, tokenChange, tokenKey, username } from '../schemas/requests.js'
import * as answers from '../schemas/responses.js'
import { listedToken, sendMade, tokenInfo } from '../schemas/token-info.js'

const ofUser = z.object({ username })
const ofToken = z.object({ username, key: tokenKey })

/** `/users/{username}/tokens` and below: what people do with their tokens, and administrators with everybody's. */
export const tokenRoutes = [
  route({
    method: 'get',
    path: '/users/:username/tokens',
    access: { owner: 'self or administrator' },
    summary: 'List the tokens of a user, of every type',
    params: ofUser,
    responses: {
      200: {
        description: 'The tokens: those never used, then the last used first',
        body: z.array(answers.listedToken),
      },
    },
    async handle({ context, params, response }) {
      response.json((await listTokens(context, params.username)).map(listedToken))
    },
  }),
  route({
    method: 'post',
    path: '/users/:username/tokens',
    access: { owner: 'self' },
    summary: 'Make a user token',
    params: ofUser,
    body: newUserToken,
    responses: { 201: answers.tokenMade, 409: nameTaken },
    async handle({ context, caller, body, response }) {
      if (!caller.token) return sendRefusal(response, new Refusal('permission_denied'))
      const wish = {
        name: body.token_name,
        scopes: body.scopes,
        ...(body.expires != null && { expires: body.expires }),
      }
      const created = await createUserToken(context, caller.token, wish, caller.actor)
      if (created instanceof Refusal) return sendRefusal(response, created)
      sendMade(response, created)
    },
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key',
    access: { owner: 'self or administrator' },
    summary: 'Read one token',
    params: ofToken,
    responses: { 200: { description: 'The token', body: answers.tokenInfo }, 404: noSuchToken },
    async handle({ context, params, response }) {
      const token = await getToken(context, params.username, params.key)
      if (token) response.json(tokenInfo(token))
      else sendNoSuchToken(response)
    },
  }),
  route({
    method: 'delete',
    path: '/users/:username/tokens/:key',
    access: { owner: 'self or administrator' },
    summary: 'Revoke a token, and all that were made from it',
    params: ofToken,
    responses: { 204: { description: 'It is revoked' }, 404: noSuchToken },
    async handle({ context, caller, params, response }) {
      const revoked = await revokeToken(context, params.username, params.key, caller.actor)
      if (!(revoked instanceof Refusal)) return void response.status(204).end()
      sendNoSuchToken(response)
    },
  }),
  route({
    method: 'patch',
    path: '/users/:username/tokens/:key',
    access: { scope: ADMIN_TOKEN },
    summary: 'Change a user token; what is not given stays',
    params: ofToken,
    body: tokenChange,
    responses: {
      200: { description: 'The token as it is now', body: answers.listedToken },
      404: noSuchToken,
      409: nameTaken,
    },
    handle: changeToken,
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key/change-history',
    access: { owner: 'self or administrator' },
    summary: 'What happened to a token',
    params: ofToken,
    responses: {
      200: { description: 'The entries, newest first', body: z.array(answers.changeEntry) },
      404: noSuchToken,
    },
    async handle({ context, params, response }) {
      const { changes } = await searchHistory(context.postgres, params, {})
      if (changes.length > 0) response.json(changes.map(changeEntry))
      else sendNoSuchToken(response)
    },
  }),
]

/** What is not in the body stays as it is; a null `expires` means never. */
async function changeToken(call: Call<typeof ofToken, z.ZodType, typeof tokenChange>): Promise<void> {
  const { context, caller, params, body, response } = call
  const become = (token: TokenRecord): TokenRequest => {
    const expires = body.expires === undefined ? token.expires : body.expires
    return {
      name: body.token_name ?? token.name ?? '',
      scopes: body.scopes ?? token.scopes,
      ...(expires != null && { expires }),
    }
  }
  const { username, key } = params
  const outcome = await editUserToken(context, { username, key, become, rule: adminEdit(context), actor: caller.actor })
  if ('token' in outcome) return void response.json(listedToken(outcome.token))
  const [first = new Refusal('internal_error')] = outcome.wrong
  if (first.code !== 'not_found') return sendRefusal(response, first)
  sendNoSuchToken(response)
}

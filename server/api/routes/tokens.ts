import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { type Restriction, readRestriction } from '../../core/access/restriction.js'
import { ownUrl } from '../../core/site/base-path.js'
import type { TokenRecord } from '../../core/token/record.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { suspensionsOf, suspensionsOfUser } from '../../storage/postgres/suspensions/suspensions.js'
import { searchHistory } from '../../storage/postgres/token-history-search.js'
import { actOfRequest, createUserToken, type TokenRequest } from '../../tokens/create-user-token.js'
import { adminEdit, editUserToken } from '../../tokens/edit.js'
import { getToken, listTokens } from '../../tokens/list.js'
import { revokeToken, revokeWithHeirs } from '../../tokens/revoke.js'
import { sendNoSuchToken, sendRefusal } from '../error-body.js'
import { nameTaken, noSuchToken, tooManyTokens } from '../openapi/error-responses.js'
import { pageLink } from '../page-links.js'
import { actOfRevocation, revocationReason, withReason } from '../revocation-reason.js'
import { type Call, route } from '../route.js'
import { changeEntry } from '../schemas/history-entry.js'
import { queryBoolean } from '../schemas/query.js'
import { newUserToken, tokenChange, tokenKey, username } from '../schemas/requests.js'
import * as responses from '../schemas/responses.js'
import { listedToken, sendMade, tokenInfo } from '../schemas/token-info.js'

const ofUser = z.object({ username })
const ofToken = z.object({ username, key: tokenKey })

/** Routes below `/users/{username}/tokens`, for users and administrators. */
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
        body: z.array(responses.listedToken),
      },
    },
    async handle({ context, params, response }) {
      const [tokens, suspensions] = await Promise.all([
        listTokens(context, params.username),
        suspensionsOfUser(context.postgres, params.username),
      ])
      response.json(tokens.map((token) => listedToken(token, suspensions.get(token.key))))
    },
  }),
  route({
    method: 'post',
    path: '/users/:username/tokens',
    access: { owner: 'self' },
    summary: 'Create a user token',
    params: ofUser,
    body: newUserToken,
    act: ({ context, body: { scopes, expires } }) => actOfRequest(context, scopes, expires ?? undefined),
    responses: { 201: responses.tokenMade, 409: tooManyTokens },
    async handle({ context, caller, body, response }) {
      if (!caller.token) return sendRefusal(response, new Refusal('permission_denied'))
      const restriction = readRestriction(body.networks ?? [], body.services ?? [])
      if (restriction instanceof Refusal) return sendRefusal(response, restriction)
      const wish = {
        name: body.token_name,
        scopes: body.scopes,
        ...(body.expires != null && { expires: body.expires }),
        ...(restriction && { restriction }),
      }
      const created = await createUserToken(context, caller.token, wish, caller.actor)
      if (created instanceof Refusal) return sendRefusal(response, created)
      sendMade(response, created, context.settings)
    },
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key',
    access: { owner: 'self or administrator' },
    summary: 'Get a token',
    params: ofToken,
    responses: { 200: { description: 'The token', body: responses.tokenInfo }, 404: noSuchToken },
    async handle({ context, params, response }) {
      const token = await getToken(context, params.username, params.key)
      if (!token) return sendNoSuchToken(response)
      const suspensions = await suspensionsOf(context.postgres.prisma, [token.key])
      response.json(tokenInfo(token, suspensions.get(token.key)))
    },
  }),
  route({
    method: 'delete',
    path: '/users/:username/tokens/:key',
    access: { owner: 'self or administrator' },
    summary: 'Revoke a token and all tokens delegated from it; with `heirs=true` also those created with it',
    params: ofToken,
    query: z.object({ heirs: queryBoolean.default(false), reason: revocationReason }),
    act: actOfRevocation,
    responses: { 204: { description: 'Revoked' }, 404: noSuchToken },
    async handle({ context, caller, params, query, response }) {
      const revoke = query.heirs ? revokeWithHeirs : revokeToken
      const revoked = await revoke(context, params.username, params.key, withReason(caller, query.reason))
      if (!(revoked instanceof Refusal)) return void response.status(204).end()
      sendNoSuchToken(response)
    },
  }),
  route({
    method: 'patch',
    path: '/users/:username/tokens/:key',
    access: { scope: ADMIN_TOKEN },
    summary: 'Edit a user token; absent fields stay as they are',
    params: ofToken,
    body: tokenChange,
    act: 'token.edit',
    responses: {
      200: { description: 'The edited token', body: responses.listedToken },
      404: noSuchToken,
      409: nameTaken,
    },
    handle: changeToken,
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key/change-history',
    access: { owner: 'self or administrator' },
    summary: 'List a token’s changes',
    params: ofToken,
    responses: {
      200: {
        description: 'The entries, newest first',
        body: z.array(responses.changeEntry),
        headers: { Link: { description: 'The next page, of the history by key, when there are more', optional: true } },
      },
      404: noSuchToken,
    },
    async handle({ context, params, request, response }) {
      const { changes, next } = await searchHistory(context.postgres, params, {
        limit: context.settings.limits.historyPage,
      })
      if (next) {
        // Gafaelfawr has this history without pages; the user's, by key, has the same entries in pages.
        const path = `${request.baseUrl}/users/${params.username}/token-change-history?key=${params.key}`
        const pages = ownUrl(context.settings.baseUrl, path)
        response.set('Link', pageLink(pages, 'next', next))
      }
      if (changes.length > 0) response.json(changes.map(changeEntry))
      else sendNoSuchToken(response)
    },
  }),
]

/** Merges an edit: absent fields stay as they are; a null `expires` means never. */
async function changeToken(call: Call<typeof ofToken, z.ZodType, typeof tokenChange>): Promise<void> {
  const { context, caller, params, body, response } = call
  const given = readRestriction(body.networks ?? [], body.services ?? [])
  if (given instanceof Refusal) return sendRefusal(response, given)
  const become = (token: TokenRecord): TokenRequest => {
    const expires = body.expires === undefined ? token.expires : body.expires
    return {
      name: body.token_name ?? token.name ?? '',
      scopes: body.scopes ?? token.scopes,
      ...(expires != null && { expires }),
      ...restrictionAfter(token, body, given),
    }
  }
  if (!caller.token) return sendRefusal(response, new Refusal('permission_denied'))
  const { username, key } = params
  const edited = await editUserToken(context, {
    username,
    key,
    become,
    rule: adminEdit(context, caller.token),
    actor: caller.actor,
  })
  if (!(edited instanceof Refusal)) return void response.json(listedToken(edited))
  if (edited.code !== 'not_found') return sendRefusal(response, edited)
  sendNoSuchToken(response)
}

/** Returns the restriction after an edit, by list; a list that is given empty would lift it, which the edit refuses. */
function restrictionAfter(
  { restriction = {} }: TokenRecord,
  asked: Pick<z.infer<typeof tokenChange>, 'networks' | 'services'>,
  given: Restriction = {},
): { restriction?: Restriction } {
  const { networks } = asked.networks === undefined ? restriction : given
  const { services } = asked.services === undefined ? restriction : given
  return networks || services ? { restriction: { ...(networks && { networks }), ...(services && { services }) } } : {}
}

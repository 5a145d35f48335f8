import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { DAY } from '../../core/time.js'
import { DEFAULT_OVERLAP } from '../../core/token/lifetime.js'
import type { Scope } from '../../core/token/scope.js'
import { listUses } from '../../storage/postgres/token-use-log.js'
import { getToken } from '../../tokens/list.js'
import { revokeMatching } from '../../tokens/revoke-matching.js'
import { rotateToken } from '../../tokens/rotate.js'
import { sendNoSuchToken, sendRefusal } from '../error-body.js'
import { noSuchToken, notRotated } from '../openapi/error-responses.js'
import { actOfRevocation, revocationReason, withReason } from '../revocation-reason.js'
import { route } from '../route.js'
import { queryInstant } from '../schemas/query.js'
import { tokenKey, tokenType, username } from '../schemas/requests.js'
import * as responses from '../schemas/responses.js'
import { storable } from '../schemas/text.js'
import { sendMade } from '../schemas/token-info.js'

const ofToken = z.object({ username, key: tokenKey })

/** Routes that Gafaelfawr lacks: rotation, bulk revocation, and the uses of a token. */
export const tokenExtensionRoutes = [
  route({
    method: 'post',
    path: '/users/:username/tokens/:key/rotate',
    access: { owner: 'self or administrator' },
    summary: 'Rotate a token: a new one gets its name, and the old one stays valid for a while',
    params: ofToken,
    act: 'token.rotate',
    responses: { 201: responses.tokenMade, 404: noSuchToken, 409: notRotated },
    body: z.object({
      overlap: z
        .number()
        .int()
        .min(0)
        .max(90 * DAY)
        .default(DEFAULT_OVERLAP),
      renew: z
        .boolean()
        .default(false)
        .describe('Whether the new token lasts as long from now as the old one from its creation'),
    }),
    async handle({ context, caller, params, body, response }) {
      if (!caller.token) return sendRefusal(response, new Refusal('permission_denied'))
      const maker = { ...caller.actor, maker: caller.token }
      const rotated = await rotateToken(context, { ...params, ...body }, maker)
      if (!(rotated instanceof Refusal)) return sendMade(response, rotated, context.settings)
      if (rotated.code === 'not_found') sendNoSuchToken(response)
      else sendRefusal(response, rotated)
    },
  }),
  route({
    method: 'delete',
    path: '/users/:username/tokens',
    access: { owner: 'self or administrator' },
    summary: 'Revoke many tokens of a user at once; without a filter, all',
    params: z.object({ username }),
    responses: { 200: { description: 'The keys of the revoked tokens', body: responses.revokedTokens } },
    query: z.object({
      token_type: tokenType.optional(),
      created_before: queryInstant.optional(),
      scope: storable.optional(),
      reason: revocationReason,
    }),
    act: actOfRevocation,
    async handle({ context, caller, params, query, response }) {
      const filter = {
        ...(query.token_type !== undefined && { type: query.token_type }),
        ...(query.created_before !== undefined && { createdBefore: query.created_before }),
        ...(query.scope !== undefined && { scope: query.scope as Scope }),
      }
      const actor = withReason(caller, query.reason)
      response.json({ revoked: await revokeMatching(context, params.username, filter, actor) })
    },
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key/uses',
    access: { owner: 'self or administrator' },
    summary: 'List the latest uses of a token by day, address and client',
    params: ofToken,
    responses: { 200: { description: 'The uses, latest first', body: z.array(responses.tokenUse) }, 404: noSuchToken },
    async handle({ context, params, response }) {
      const uses = await listUses(
        context.postgres.prisma,
        params.username,
        params.key,
        context.settings.limits.historyPage,
      )
      if (uses.length === 0 && !(await getToken(context, params.username, params.key))) {
        return sendNoSuchToken(response)
      }
      const entries = uses.map(({ address, client, first, last, count }) => ({
        ip_address: address || null,
        client: client || null,
        first_used: first,
        last_used: last,
        count,
      }))
      response.json(entries)
    },
  }),
]

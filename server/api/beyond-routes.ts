import { z } from 'zod'
import { Refusal } from '../core/refusal.js'
import { DEFAULT_OVERLAP } from '../core/rotation.js'
import type { Scope } from '../core/scope.js'
import { DAY } from '../core/time.js'
import { formatToken } from '../core/token.js'
import { listUses } from '../stores/use-log.js'
import { mayCreate } from '../tokens/create.js'
import { getToken } from '../tokens/list.js'
import { revokeMany } from '../tokens/revoke-many.js'
import { rotateToken } from '../tokens/rotate.js'
import { mayActOn } from './caller.js'
import { sendRefusal } from './detail.js'
import { route } from './route.js'
import { instant, tokenKey, tokenType, username } from './schemas.js'

const ofToken = z.object({ username, key: tokenKey })
const NO_SUCH_TOKEN = ['path', 'key'] as const

/** What Gafaelfawr does not have: rotation, revocation in bulk, and where a token was used. */
export const beyondRoutes = [
  route({
    method: 'post',
    path: '/users/:username/tokens/:key/rotate',
    access: {},
    params: ofToken,
    body: z.object({
      overlap: z
        .number()
        .int()
        .min(0)
        .max(90 * DAY)
        .default(DEFAULT_OVERLAP),
    }),
    async handle({ context, caller, params, body, response }) {
      const refusal = mayActOn(caller, params.username) ?? (caller.token && mayCreate(context, caller.token))
      if (refusal) return sendRefusal(response, refusal)
      const rotated = await rotateToken(context, { ...params, ...body }, caller, caller.actor)
      if (rotated instanceof Refusal)
        return sendRefusal(response, rotated, rotated.code === 'not_found' ? NO_SUCH_TOKEN : undefined)
      const address = `/auth/api/v1/users/${params.username}/tokens/${rotated.token.key}`
      response
        .status(201)
        .set('Location', address)
        .json({ token: formatToken(rotated.token) })
    },
  }),
  route({
    method: 'delete',
    path: '/users/:username/tokens',
    access: {},
    params: z.object({ username }),
    query: z.object({
      token_type: tokenType.optional(),
      created_before: instant.optional(),
      scope: z.string().optional(),
    }),
    async handle({ context, caller, params, query, response }) {
      const refusal = mayActOn(caller, params.username)
      if (refusal) return sendRefusal(response, refusal)
      const filter = {
        ...(query.token_type !== undefined && { type: query.token_type }),
        ...(query.created_before !== undefined && { createdBefore: query.created_before }),
        ...(query.scope !== undefined && { scope: query.scope as Scope }),
      }
      response.json({ revoked: await revokeMany(context, params.username, filter, caller.actor) })
    },
  }),
  route({
    method: 'get',
    path: '/users/:username/tokens/:key/uses',
    access: {},
    params: ofToken,
    async handle({ context, caller, params, response }) {
      const refusal = mayActOn(caller, params.username)
      if (refusal) return sendRefusal(response, refusal)
      const uses = await listUses(context.postgres.prisma, params.username, params.key)
      if (uses.length === 0 && !(await getToken(context, params.username, params.key))) {
        return sendRefusal(response, new Refusal('not_found', 'Token not found'), NO_SUCH_TOKEN)
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

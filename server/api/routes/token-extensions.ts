import { z } from 'zod'
import { isNetwork, NETWORK, writeNetwork } from '../../core/access/ip-network.js'
import { Refusal } from '../../core/access/refusal.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import { DEFAULT_OVERLAP } from '../../core/token/lifetime.js'
import type { TokenType } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import { listUses } from '../../storage/postgres/token-use-log.js'
import { getToken } from '../../tokens/list.js'
import { matchingTokens, type RevokeFilter, revokeMatching } from '../../tokens/revoke-matching.js'
import { rotateToken } from '../../tokens/rotate.js'
import { sendNoSuchToken, sendRefusal } from '../error-body.js'
import { noSuchToken, notRotated } from '../openapi/error-responses.js'
import { actOfRevocation, revocationReason, withReason } from '../revocation-reason.js'
import { route } from '../route.js'
import { queryBoolean, queryInstant } from '../schemas/query.js'
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
    summary: 'Revoke many tokens of a user at once: those that fit every filter; without one, all',
    params: z.object({ username }),
    responses: { 200: { description: 'The keys of the revoked tokens', body: responses.revokedTokens } },
    query: z.object({
      token_type: tokenType.optional(),
      scope: storable.optional(),
      created_since: queryInstant.optional(),
      created_before: queryInstant.optional(),
      used_since: queryInstant.optional().describe('Used then or later; its creation is the first use of a token'),
      used_until: queryInstant.optional().describe('Used then or before'),
      used_from: z
        .string()
        .meta({ pattern: NETWORK })
        .refine(isNetwork, 'Input should be an address or a network')
        .optional()
        .describe('Used or created from this address or network'),
      client: storable.optional().describe('Used with a program whose User-Agent contains this'),
      heirs: queryBoolean.default(false).describe('Also the tokens that were created with them'),
      dry_run: queryBoolean.default(false).describe('Whether only to say what would be revoked'),
      reason: revocationReason,
    }),
    act: actOfRevocation,
    async handle({ context, caller, params, query, response }) {
      const filter = filterOf(query)
      if (query.dry_run) {
        response.json({ revoked: [], would_revoke: await matchingTokens(context, params.username, filter) })
        return
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

/** The query of a revocation, as far as it says which tokens. */
interface RevocationQuery {
  readonly token_type?: TokenType | undefined
  readonly scope?: string | undefined
  readonly created_since?: EpochSeconds | undefined
  readonly created_before?: EpochSeconds | undefined
  readonly used_since?: EpochSeconds | undefined
  readonly used_until?: EpochSeconds | undefined
  readonly used_from?: string | undefined
  readonly client?: string | undefined
  readonly heirs: boolean
}

function filterOf(query: RevocationQuery): RevokeFilter {
  return {
    ...(query.token_type !== undefined && { types: [query.token_type] }),
    ...(query.scope !== undefined && { scope: query.scope as Scope }),
    ...(query.created_since !== undefined && { createdSince: query.created_since }),
    ...(query.created_before !== undefined && { createdBefore: query.created_before }),
    ...(query.used_since !== undefined && { usedSince: query.used_since }),
    ...(query.used_until !== undefined && { usedUntil: query.used_until }),
    ...(query.used_from !== undefined && { network: writeNetwork(query.used_from) }),
    ...(query.client !== undefined && { client: query.client }),
    ...(query.heirs && { heirs: true as const }),
  }
}

import { z } from 'zod'
import { Refusal } from '../../core/access/refusal.js'
import { storedReason } from '../../core/notices/notice.js'
import { ADMIN_TOKEN } from '../../core/token/scope.js'
import { suspensionsOf } from '../../storage/postgres/suspensions/suspensions.js'
import { liftSuspension } from '../../tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../tokens/incident/suspend.js'
import { getToken } from '../../tokens/list.js'
import { sendNoSuchToken, sendRefusal } from '../error-body.js'
import { noSuchSuspension, noSuchToken, suspensionOver } from '../openapi/error-responses.js'
import { revocationReason, withReason } from '../revocation-reason.js'
import { route } from '../route.js'
import { tokenKey, username } from '../schemas/requests.js'
import * as responses from '../schemas/responses.js'
import { storable } from '../schemas/text.js'

const ofToken = z.object({ username, key: tokenKey })
const PATH = '/users/:username/tokens/:key/suspension'

/** The suspension of a token, for administrators. */
export const suspensionRoutes = [
  route({
    method: 'post',
    path: PATH,
    access: { scope: ADMIN_TOKEN },
    summary: 'Suspend a token of any type for 24 hours, with all made from it or with it; then it is revoked',
    params: ofToken,
    body: z.object({
      reason: storable
        .min(1)
        .refine((text) => storedReason(text) !== undefined, 'value is blank')
        .describe('For the owner and the audit trail; 500 characters'),
    }),
    act: 'token.revoke-for-others',
    responses: {
      200: { description: 'The suspension; of a suspended token the one that it has', body: responses.suspension },
      404: noSuchToken,
    },
    async handle({ context, caller, params, body, response }) {
      if (!(await getToken(context, params.username, params.key))) return sendNoSuchToken(response)
      await suspendTokens(context, [params], { actor: withReason(caller, body.reason) })
      const suspension = (await suspensionsOf(context.postgres.prisma, [params.key])).get(params.key)
      // Its owner revoked it at this moment.
      if (!suspension) return sendNoSuchToken(response)
      response.json({
        token: suspension.key,
        username: suspension.username,
        suspended: suspension.since,
        suspended_until: suspension.until,
        actor: suspension.actor,
        reason: suspension.reason ?? null,
      })
    },
  }),
  route({
    method: 'delete',
    path: PATH,
    access: { scope: ADMIN_TOKEN },
    summary: 'Lift the suspension of a token',
    params: ofToken,
    query: z.object({ reason: revocationReason }),
    act: 'token.revoke-for-others',
    responses: { 204: { description: 'Lifted' }, 404: noSuchSuspension, 409: suspensionOver },
    async handle({ context, caller, params, query, response }) {
      const lifted = await liftSuspension(context, params, withReason(caller, query.reason))
      if (!(lifted instanceof Refusal)) return void response.status(204).end()
      sendRefusal(response, lifted, ['path', 'key'])
    },
  }),
]
